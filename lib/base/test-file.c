/* SPDX-License-Identifier: Apache-2.0 */
/* Small files: sizes to the byte, numbers that are almost numbers, and files that are none. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"

/* A directory of each test's own; its fd is the state. */
struct fixture {
	char path[32];
	int dir_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->path, sizeof(f->path), "/tmp/test-file-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir_fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir_fd >= 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)unlinkat(f->dir_fd, "f", 0);
	(void)unlinkat(f->dir_fd, "d", AT_REMOVEDIR);
	(void)fd_close(f->dir_fd);
	assert_int_equal(rmdir(f->path), 0);
	free(f);
	return 0;
}

static void put_bytes(void **state, const void *data, size_t size)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd =
		openat(f->dir_fd, "f", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, size), 0);
}

static void put(void **state, const char *text)
{
	put_bytes(state, text, strlen(text));
}

static int dir_of(void **state)
{
	return ((struct fixture *)*state)->dir_fd;
}

static void write_needs_an_existing_file(void **state)
{
	char text[16];

	assert_int_equal(file_write(dir_of(state), "f", "x"), -ENOENT);
	assert_int_equal(file_write(dir_of(state), ".", "x"), -EISDIR);
	put(state, "");
	assert_int_equal(file_write(dir_of(state), "f", "max"), 0);
	assert_int_equal(file_read(dir_of(state), "f", text, sizeof(text)), 3);
	assert_string_equal(text, "max");
	assert_int_equal(file_write_u64(dir_of(state), "f", UINT64_MAX), 0);
	assert_int_equal(file_write(AT_FDCWD, "/dev/full", "x"), -ENOSPC);
}

static void read_fits_or_says_so(void **state)
{
	char text[6] = "?????";

	put(state, "hello");
	assert_int_equal(file_read(dir_of(state), "f", text, 6), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(file_read(dir_of(state), "f", text, 5), -EFBIG);
	put(state, "hell\n");
	assert_int_equal(file_read(dir_of(state), "f", text, 6), 4);
	assert_int_equal(file_read(dir_of(state), "f", text, 5),
			 -EFBIG); /* the newline is a byte too */
	put(state, "");
	assert_int_equal(file_read(dir_of(state), "f", text, 1), 0);
	assert_string_equal(text, "");
	assert_int_equal(file_read(dir_of(state), "f", text, 0), -EINVAL);
	assert_int_equal(file_read(dir_of(state), "no", text, 6), -ENOENT);
	assert_int_equal(file_read(dir_of(state), ".", text, 6), -EISDIR);
}

static void read_cuts_one_newline(void **state)
{
	char text[8];

	put(state, "a\n\n");
	assert_int_equal(file_read(dir_of(state), "f", text, sizeof(text)), 2);
	assert_string_equal(text, "a\n");
}

static void read_keeps_embedded_nul(void **state)
{
	char text[8];

	put_bytes(state, "a\0b", 3);
	assert_int_equal(file_read(dir_of(state), "f", text, sizeof(text)), 3);
	assert_memory_equal(text, "a\0b", 4);
}

static void numbers_are_digits(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1 2",
		"0x10",
		"1.5",
		"1e3",
		"18446744073709551616",
		"99999999999999999999999999999",
		"maxx",
		"MAX",
		"\xd9\xa3" /* an Arabic digit */,
		"1\n2",
		"99999999999999999999999999999999999999999999999999999999999999999999",
	};
	uint64_t value = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(state, bad[i]);
		assert_int_equal(file_read_u64(dir_of(state), "f", &value), -EINVAL);
		assert_int_equal(value, 7);
	}
	put_bytes(state, "1\0", 2);
	assert_int_equal(file_read_u64(dir_of(state), "f", &value), -EINVAL);
	assert_int_equal(file_read_u64(dir_of(state), "no", &value), -ENOENT);
}

static void numbers_reach_the_end_of_the_range(void **state)
{
	uint64_t value = 7;

	put(state, "0\n");
	assert_int_equal(file_read_u64(dir_of(state), "f", &value), 0);
	assert_int_equal(value, 0);
	put(state, "18446744073709551615");
	assert_int_equal(file_read_u64(dir_of(state), "f", &value), 0);
	assert_true(value == UINT64_MAX);
	put(state, "000000000000000000000000012");
	assert_int_equal(file_read_u64(dir_of(state), "f", &value), 0);
	assert_int_equal(value, 12);
	put(state, "max\n");
	assert_int_equal(file_read_u64(dir_of(state), "f", &value), 0);
	assert_true(value == UINT64_MAX);
}

static void fields_are_found_at_line_starts(void **state)
{
	static const char text[] = "usage_usec 12\nuser_usec 7\nsystem_usec 5\nempty \nbad 1x\n"
				   "neg -1\nlast 18446744073709551615";
	uint64_t value = 7;

	assert_int_equal(text_field_u64(text, "usage_usec", &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(text_field_u64(text, "last", &value), 0);
	assert_true(value == UINT64_MAX);
	value = 7;
	assert_int_equal(text_field_u64(text, "user", &value), -ENOENT); /* a prefix is not the key */
	assert_int_equal(text_field_u64(text, "usec", &value), -ENOENT);
	assert_int_equal(text_field_u64(text, "12", &value), -ENOENT);
	assert_int_equal(text_field_u64("", "x", &value), -ENOENT);
	assert_int_equal(text_field_u64("x", "x", &value), -ENOENT);
	assert_int_equal(text_field_u64("x ", "x", &value), -EINVAL);
	assert_int_equal(text_field_u64(text, "empty", &value),
			 -EINVAL); /* not the next line's value */
	assert_int_equal(text_field_u64(text, "bad", &value), -EINVAL);
	assert_int_equal(text_field_u64(text, "neg", &value), -EINVAL);
	assert_int_equal(text_field_u64("x 18446744073709551616\n", "x", &value), -EINVAL);
	assert_int_equal(value, 7);
}

static void whole_file_to_the_byte(void **state)
{
	_cleanup_free_ char *data = NULL, *same = NULL;
	char big[10000];
	size_t size = 0;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i % 251);
	put_bytes(state, big, sizeof(big));
	assert_int_equal(file_read_whole(dir_of(state), "f", sizeof(big), &data, &size), 0);
	assert_int_equal(size, sizeof(big));
	assert_memory_equal(data, big, sizeof(big));
	assert_int_equal(data[size], '\0');
	assert_int_equal(file_read_whole(dir_of(state), "f", sizeof(big) - 1, &same, &size), -EFBIG);
	assert_null(same);
	assert_int_equal(file_read_whole(dir_of(state), "f", SIZE_MAX, &same, &size), 0);
	assert_int_equal(size, sizeof(big));
}

static void whole_file_may_be_empty(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 7;

	put(state, "");
	assert_int_equal(file_read_whole(dir_of(state), "f", 0, &data, &size), 0);
	assert_int_equal(size, 0);
	assert_string_equal(data, "");
}

static void whole_file_where_stat_says_0(void **state)
{
	_cleanup_free_ char *data = NULL, *none = NULL;
	size_t size = 0;

	assert_int_equal(file_read_whole(AT_FDCWD, "/proc/self/status", 1 << 20, &data, &size), 0);
	assert_true(size > 100);
	assert_int_equal(size, strlen(data));
	assert_int_equal(file_read_whole(AT_FDCWD, "/proc/self/status", 10, &none, &size), -EFBIG);
}

static void whole_file_refuses_what_is_no_file(void **state)
{
	char *data = NULL;
	size_t size = 0;

	assert_int_equal(file_read_whole(AT_FDCWD, "/tmp", 10, &data, &size), -EISDIR);
	assert_int_equal(file_read_whole(AT_FDCWD, "/dev/zero", 10, &data, &size), -EINVAL);
	assert_int_equal(file_read_whole(dir_of(state), "f", 10, &data, &size), -ENOENT);
	/* Nobody will ever write to this FIFO: the call must not wait for it. */
	assert_int_equal(mkfifoat(dir_of(state), "f", 0600), 0);
	assert_int_equal(file_read_whole(dir_of(state), "f", 10, &data, &size), -EINVAL);
	assert_null(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(write_needs_an_existing_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(read_fits_or_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(read_cuts_one_newline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(read_keeps_embedded_nul, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_are_digits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_reach_the_end_of_the_range, set_up,
						tear_down),
		cmocka_unit_test(fields_are_found_at_line_starts),
		cmocka_unit_test_setup_teardown(whole_file_to_the_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whole_file_may_be_empty, set_up, tear_down),
		cmocka_unit_test(whole_file_where_stat_says_0),
		cmocka_unit_test_setup_teardown(whole_file_refuses_what_is_no_file, set_up,
						tear_down),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
