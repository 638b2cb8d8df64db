/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that stay loaded: taken by the next probe that is like it, by one at a time, and made anew where something is missing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/probe/kept.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

enum {
	SANDBOXES = 3
}; /* a number that no engine of these tests' host has, so that sets are ours */

static int group = -EBADF;

static struct probe *probe_make(size_t ring_bytes)
{
	const struct probe_options options = {
		.group_fd = group,
		.levels_below = 41, /* nobody's either */
		.n_sandboxes = SANDBOXES,
		.ring_bytes = ring_bytes,
		.keep = true,
	};
	struct probe *probe;
	struct fault fault = {0};

	if (geteuid() != 0) {
		print_message("# missing: root\n");
		skip();
	}
	if (probe_open(&options, &probe, &fault) < 0) {
		print_message("# missing: bpf: %s\n", fault.text);
		skip();
	}
	if (probe->set_fd < 0) {
		print_message("# missing: a BPF file system\n");
		(void)probe_close(probe);
		skip();
	}
	return probe;
}

static uint32_t id_of(const struct probe *probe)
{
	struct probe_program_info info = {0};

	for (unsigned i = 0; strcmp(info.name, "on_exit") != 0; i++)
		assert_true(probe_program_info(probe, i, &info));
	assert_int_not_equal(info.tag, 0);
	return info.id;
}

/* Removes the probe's set, and closes it. */
static void forget(struct probe *probe)
{
	char link[64], path[256] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", probe->set_fd);
	assert_true(readlink(link, path, sizeof(path) - 1) > 0);
	kept_clear(probe->set_fd);
	(void)probe_close(probe);
	assert_int_equal(rmdir(path), 0);
}

static int setup(void **state _unused_)
{
	group = tree_fd = tree_open();
	return 0;
}

static int teardown(void **state _unused_)
{
	tree_fd = fd_close(tree_fd);
	return 0;
}

static void the_next_one_takes_them(void **state _unused_)
{
	for (size_t ring = 0; ring <= 1 << 16; ring += 1 << 16) {
		struct probe *probe = probe_make(ring);
		unsigned n = probe->n_programs;
		uint32_t id;

		forget(probe);
		probe = probe_make(ring);
		id = id_of(probe);
		assert_int_equal(probe->n_programs, n);
		(void)probe_close(probe);
		probe = probe_make(ring);
		assert_int_equal(id_of(probe), id);
		assert_int_equal(probe->n_programs, n);
		forget(probe);
	}
}

static void one_that_is_not_like_it_does_not(void **state _unused_)
{
	struct probe *counting = probe_make(0), *tracing;
	uint32_t id = id_of(counting);

	(void)probe_close(counting);
	tracing = probe_make(1 << 16);
	assert_int_not_equal(id_of(tracing), id);
	forget(tracing);
	counting = probe_make(0);
	assert_int_equal(id_of(counting), id);
	forget(counting);
}

static void two_at_once_have_two(void **state _unused_)
{
	struct probe *one = probe_make(0), *other = probe_make(0);

	assert_int_not_equal(id_of(one), id_of(other));
	probe_table(one)[0].cgroup_id = 1;
	assert_int_equal(probe_table(other)[0].cgroup_id, 0);
	forget(one);
	forget(other);
}

/* The last ones share nothing, and leave nothing. */
static void more_than_are_kept_work_too(void **state _unused_)
{
	struct probe *one = probe_make(1 << 16), *two = probe_make(1 << 16), *three;
	const struct probe_options options = {
		.group_fd = group,
		.levels_below = 41,
		.n_sandboxes = SANDBOXES,
		.ring_bytes = 1 << 16,
		.keep = true,
	};
	struct fault fault = {0};

	assert_int_equal(probe_open(&options, &three, &fault), 0);
	assert_true(three->set_fd < 0);
	assert_int_equal(three->n_programs, one->n_programs);
	(void)probe_close(three);
	forget(one);
	forget(two);
}

/* As one that was killed leaves it. */
static void what_is_left_of_an_owner_is_cleared(void **state _unused_)
{
	struct probe *probe = probe_make(0);
	uint32_t id = id_of(probe);

	probe_table(probe)[7].cgroup_id = 1;
	probe->sandboxes[1].counts.gas_used = 5;
	(void)probe_close(probe);
	probe = probe_make(0);
	assert_int_equal(id_of(probe), id);
	assert_int_equal(probe_table(probe)[7].cgroup_id, 0);
	assert_int_equal(probe->sandboxes[1].counts.gas_used, 0);
	forget(probe);
}

static void an_incomplete_set_is_made_anew(void **state _unused_)
{
	struct probe *probe = probe_make(0);
	uint32_t id = id_of(probe);

	assert_int_equal(unlinkat(probe->set_fd, "map-sandboxes", 0), 0);
	(void)probe_close(probe);
	probe = probe_make(0);
	assert_int_not_equal(id_of(probe), id);
	id = id_of(probe);
	(void)probe_close(probe);
	probe = probe_make(0);
	assert_int_equal(id_of(probe), id);
	forget(probe);
}

static int name_count(void *userdata, const char *name _unused_)
{
	++*(unsigned *)userdata;
	return 0;
}

static void sets_do_not_pile_up(void **state _unused_)
{
	char path[64];
	struct stat st;
	unsigned n = 0;
	int fd, top;

	for (uint64_t key = 1; key <= 40; key++) {
		fd = kept_take(key, 1);
		if (fd < 0) {
			print_message("# missing: a BPF file system\n");
			skip();
		}
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		(void)fd_close(fd);
	}
	fd = kept_take(40, 1);
	top = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(kept_each(top, name_count, &n), 0);
	assert_in_range(n, 1, 16); /* 8, and what others hold meanwhile */
	for (uint64_t key = 1; key <= 40; key++) {
		(void)snprintf(path, sizeof(path), "%016llx-0", (unsigned long long)key);
		(void)unlinkat(top, path, AT_REMOVEDIR);
	}
	(void)fd_close(fd);
	(void)fd_close(top);
}

/* The lock goes with the owner, whatever ends it. */
static void a_killed_owner_has_it_no_more(void **state _unused_)
{
	struct probe *probe = probe_make(0);
	uint32_t id = id_of(probe);
	pid_t pid;
	int status;

	(void)probe_close(probe);
	pid = fork();
	if (pid == 0) {
		(void)probe_make(0);
		(void)kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	probe = probe_make(0);
	assert_int_equal(id_of(probe), id);
	forget(probe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_one_takes_them),
		cmocka_unit_test(one_that_is_not_like_it_does_not),
		cmocka_unit_test(two_at_once_have_two),
		cmocka_unit_test(more_than_are_kept_work_too),
		cmocka_unit_test(what_is_left_of_an_owner_is_cleared),
		cmocka_unit_test(an_incomplete_set_is_made_anew),
		cmocka_unit_test(sets_do_not_pile_up),
		cmocka_unit_test(a_killed_owner_has_it_no_more),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
