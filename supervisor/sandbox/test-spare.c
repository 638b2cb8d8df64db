/* SPDX-License-Identifier: Apache-2.0 */
/* Sandboxes that are made before their step: kept, replaced, found dead, dropped, and run. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/namespaces.h"
#include "supervisor/sandbox/slot.h"

enum { END_MSEC = 20000 };

static struct slot_set *set;
static struct slot *slot;
static int roots[2] = {-EBADF, -EBADF};

static struct sock_filter allow_all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
static struct sock_filter allow_more[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
					  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

static const struct policy_filter filters[] = {
	{.instructions = allow_all, .n_instructions = ARRAY_SIZE(allow_all)},
	{.instructions = allow_more, .n_instructions = ARRAY_SIZE(allow_more)},
};

static const char *libexec_dir(void)
{
	static char path[4096];
	const char *build = getenv("ASSAY_BUILD");

	(void)snprintf(path, sizeof(path), "%s/libexec/assay", build != NULL ? build : ".");
	return path;
}

static int setup(void **state _unused_)
{
	const struct policy_mount mounts[] = {{.source = (char *)"/usr", .target = (char *)"/usr"},
					      {.source = (char *)"/usr", .target = (char *)"/opt"}};
	struct fault fault = {0};

	if (geteuid() != 0)
		return 0;
	(void)alarm(60);
	if (slot_set_open(libexec_dir(), &(struct cgroup_options){0}, &set, &fault) == 0 &&
	    slot_open(set, &slot, &fault) == 0 &&
	    (roots[0] = namespace_root_create(mounts, 1, &fault)) >= 0 &&
	    (roots[1] = namespace_root_create(mounts, 2, &fault)) >= 0)
		return 0;
	print_message("# %s: %s\n", fault.layer, fault.text);
	return -1;
}

static int teardown(void **state _unused_)
{
	slot = slot_close(slot);
	set = slot_set_close(set);
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		roots[i] = fd_close(roots[i]);
	return 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static struct spare_spec wanted(int root, bool loopback)
{
	return (struct spare_spec){
		.root_fd = root,
		.loopback = loopback,
		.filter = &filters[0],
		.scratch_fd = -EBADF,
	};
}

static bool ready(int root, bool loopback)
{
	const struct spare_spec spec = wanted(root, loopback);

	return spare_ready(slot, &spec);
}

static void prepare_spec(const struct spare_spec *spec)
{
	struct fault fault = {0};

	if (spare_prepare(slot, spec, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
}

static void prepare(int root, bool loopback)
{
	const struct spare_spec spec = wanted(root, loopback);

	prepare_spec(&spec);
}

/* PID 1's pidfd. */
static int first_process(void)
{
	struct pollfd pfd = {.fd = slot->spare.report_fd, .events = POLLIN};
	struct report report = {.kind = REPORT_SPAWNED};
	int fd = -EBADF;

	/* The launcher says what it made, and that what it did: in any order. */
	while (report.kind == REPORT_SPAWNED) {
		(void)fd_close(fd);
		fd = -EBADF;
		assert_int_equal(poll(&pfd, 1, END_MSEC), 1);
		assert_int_equal(report_receive(pfd.fd, &report, &fd), 1);
	}
	assert_int_equal(report.kind, REPORT_LAUNCHED);
	assert_true(fd >= 0);
	return fd;
}

static void await(int fd, short events)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	assert_int_equal(poll(&pfd, 1, END_MSEC), 1);
}

/* Groups of steps in the slot. */
static int groups(void)
{
	char path[64];
	DIR *dir;
	int n = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/..",
		       cgroup_slot_agent_fd(slot->cgroup));
	dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strncmp(entry->d_name, "run-", 4) == 0;
	(void)closedir(dir);
	return n;
}

static void one_that_fits_is_kept(void **state _unused_)
{
	int before;

	if (not_root())
		skip();
	assert_false(ready(roots[0], false));
	prepare(roots[0], false);
	assert_true(ready(roots[0], false));
	assert_false(ready(roots[1], false));
	assert_false(ready(roots[0], true));
	before = slot->spare.report_fd;
	prepare(roots[0], false);
	assert_int_equal(slot->spare.report_fd, before);
	assert_int_equal(groups(), 1);
}

static void another_root_takes_its_place(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = first_process();
	prepare(roots[1], false);
	await(first, POLLIN);
	assert_true(ready(roots[1], false));
	assert_int_equal(groups(), 1);
}

/* A network with a loopback interface is used once, so its sandbox is not kept for anybody. */
static void loopback_is_made_anew(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], true);
	assert_false(ready(roots[0], true));
	first = first_process();
	prepare(roots[0], true);
	await(first, POLLIN);
}

static void a_dead_one_is_not_taken(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;
	int before;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = first_process();
	before = slot->spare.report_fd;
	assert_int_equal(pidfd_send_signal(first, SIGKILL, NULL, 0), 0);
	await(before, 0);
	assert_false(ready(roots[0], false));
	prepare(roots[0], false);
	assert_true(ready(roots[0], false));
	assert_int_equal(groups(), 1);
}

/* Its step's process was killed alone, by the kernel for memory: PID 1 does not wait for an order that could not be carried out. */
static void a_half_dead_one_ends(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = first_process();
	for (int i = 0; cgroup_step_empty(slot->cgroup) && i < END_MSEC; i++)
		(void)poll(NULL, 0, 1);
	assert_int_equal(cgroup_step_kill(slot->cgroup), 0);
	await(first, POLLIN);
}

static void dropping_leaves_nothing(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	spare_drop(slot);
	prepare(roots[0], false);
	first = first_process();
	prepare(roots[1], false);
	spare_drop(slot);
	await(first, POLLIN);
	assert_int_equal(slot->spare.report_fd, -EBADF);
	assert_int_equal(groups(), 0);
	assert_false(slot->broken);
}

/* The supervisor's end is the spare's: its socket is the only thing that it waits for. */
static void it_ends_with_its_socket(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = first_process();
	slot->spare.report_fd = fd_close(slot->spare.report_fd);
	await(first, POLLIN);
}

static void it_dies_with_its_launcher(void **state _unused_)
{
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = first_process();
	assert_int_equal(kill(slot->launcher.pid, SIGKILL), 0);
	await(first, POLLIN);
	assert_int_equal(slot_revive(slot, NULL), 0);
	assert_int_equal(groups(), 0);
}

/* What it waits for under: one filter cannot be taken off for another. */
static void another_filter_takes_its_place(void **state _unused_)
{
	struct spare_spec spec = wanted(roots[0], false);
	_cleanup_close_ int first = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = first_process();
	spec.filter = &filters[1];
	assert_false(spare_ready(slot, &spec));
	prepare_spec(&spec);
	await(first, POLLIN);
	assert_true(spare_ready(slot, &spec));
	assert_false(ready(roots[0], false));
}

static void assert_room(int fd, uint64_t bytes)
{
	struct statfs st;

	assert_int_equal(fstatfs(fd, &st), 0);
	assert_int_equal((uint64_t)st.f_blocks * (uint64_t)st.f_bsize, bytes);
}

static void its_scratch_is_the_step_s(void **state _unused_)
{
	struct spare_spec spec = wanted(roots[0], false);
	_cleanup_close_ int first = -EBADF, second = -EBADF;

	if (not_root())
		skip();
	prepare(roots[0], false);
	first = slot_scratch_get(slot, 2 << 20, 64, NULL);
	assert_true(first >= 0);
	/* Whatever it was made for, it is as large as was asked for. */
	assert_room(first, 2 << 20);
	spec.scratch_fd = first;
	assert_true(spare_ready(slot, &spec));
	/* A second one is another, and not the spare's. */
	second = slot_scratch_get(slot, 2 << 20, 64, NULL);
	assert_true(second >= 0);
	spec.scratch_fd = second;
	assert_false(spare_ready(slot, &spec));
	/* And nobody who wants a fresh one gets this spare. */
	assert_false(ready(roots[0], false));
	prepare(roots[0], false);
	assert_int_equal(slot->spare.bytes, 2 << 20);
	assert_room(slot->spare.scratch_fd, 2 << 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_fits_is_kept),	      TEST(another_root_takes_its_place),
		TEST(loopback_is_made_anew),	      TEST(a_dead_one_is_not_taken),
		TEST(a_half_dead_one_ends),	      TEST(dropping_leaves_nothing),
		TEST(it_ends_with_its_socket),	      TEST(it_dies_with_its_launcher),
		TEST(another_filter_takes_its_place), TEST(its_scratch_is_the_step_s),
	};

	return cmocka_run_group_tests_name("spare", tests, NULL, NULL);
}
