/* SPDX-License-Identifier: Apache-2.0 */
/* The kept image of the programs: used when it fits, and never trusted when it does not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

#define IMAGE "/run/assay/programs.image"

/* Opens a probe and closes it. Returns how many of its programs came from the image. */
static int images_used(void)
{
	const struct probe_options options = {.group_fd = tree_fd, .n_sandboxes = 1};
	struct probe *probe;
	struct fault fault = {0};
	int n;

	if (geteuid() != 0) {
		print_message("# missing: root\n");
		skip();
	}
	if (probe_open(&options, &probe, &fault) < 0) {
		print_message("# missing: bpf: %s\n", fault.text);
		skip();
	}
	n = (int)probe->n_images;
	(void)probe_close(probe);
	return n;
}

static int setup(void **state _unused_)
{
	tree_fd = tree_open();
	(void)mkdir("/run/assay", 0700);
	(void)unlink(IMAGE);
	return 0;
}

static int teardown(void **state _unused_)
{
	(void)unlink(IMAGE);
	tree_fd = fd_close(tree_fd);
	return 0;
}

static void image_spoil(off_t at)
{
	int fd = open(IMAGE, O_RDWR | O_CLOEXEC);
	char byte = 0;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte = (char)~byte;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	(void)fd_close(fd);
}

static void test_second_time(void **state _unused_)
{
	struct stat st;

	assert_int_equal(images_used(), 0);
	assert_int_equal(stat(IMAGE, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(images_used(), 4);
}

static void test_other_kernel(void **state _unused_)
{
	assert_int_equal(images_used(), 0);
	image_spoil(40); /* in the kernel's notes */
	assert_int_equal(images_used(), 0);
	assert_int_equal(images_used(), 4);
}

/* The verifier has the last word: an instruction that is none. */
static void test_spoilt_program(void **state _unused_)
{
	struct stat st;

	assert_int_equal(images_used(), 0);
	assert_int_equal(stat(IMAGE, &st), 0);
	image_spoil(st.st_size - 8);
	assert_int_equal(images_used(), 0);
	assert_int_equal(images_used(), 4);
}

static void test_cut_file(void **state _unused_)
{
	struct stat st;

	assert_int_equal(images_used(), 0);
	assert_int_equal(stat(IMAGE, &st), 0);
	for (off_t size = 0; size < st.st_size; size += 1 + st.st_size / 3) {
		assert_int_equal(truncate(IMAGE, size), 0);
		assert_int_equal(images_used(), 0);
	}
}

static void test_file_of_another(void **state _unused_)
{
	assert_int_equal(images_used(), 0);
	assert_int_equal(chmod(IMAGE, 0666), 0);
	assert_int_equal(images_used(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_second_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spoilt_program, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_of_another, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
