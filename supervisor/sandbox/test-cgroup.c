/* SPDX-License-Identifier: Apache-2.0 */
/* Groups from tree to step: who owns them, what is removed, what refuses to be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"
#include "supervisor/sandbox/slot-number.h"

enum { PROCESS_BYTES = 1 << 20 };

static struct cgroup_tree *tree;
static int register_fd = -EBADF;
static unsigned number;

/* From the top: engines take numbers from the bottom. */
static int number_take(void)
{
	for (int n = SLOT_NUMBERS_MAX - 1; n >= 0; n--)
		if (slot_number_take(register_fd, n) == n)
			return n;
	return -EBUSY;
}

static int setup(void **state _unused_)
{
	struct fault fault = {0};
	int n;

	if (geteuid() != 0)
		return 0;
	register_fd = slot_register_open(&fault);
	n = number_take();
	if (n < 0 || cgroup_tree_open(&(struct cgroup_options){0}, &tree, &fault) < 0) {
		print_message("# %s: %s\n", fault.layer, fault.text);
		return -1;
	}
	number = (unsigned)n;
	(void)cgroup_tree_recover(tree, number, NULL); /* of a test that died */
	return 0;
}

static int teardown(void **state _unused_)
{
	tree = cgroup_tree_close(tree);
	register_fd = fd_close(register_fd);
	return 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static struct cgroup_slot *slot_create(void)
{
	struct cgroup_slot *slot = NULL;
	struct fault fault = {0};

	if (cgroup_slot_create(tree, number, &slot, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	return slot;
}

static bool seen(void)
{
	static bool numbers[SLOT_NUMBERS_MAX];

	memset(numbers, 0, sizeof(numbers));
	assert_int_equal(cgroup_tree_slots(tree, numbers, ARRAY_SIZE(numbers)), 0);
	return numbers[number];
}

static void limits_fill(struct limits *limits)
{
	limits_set(limits, LIMIT_MEMORY, 64 << 20);
	limits_set(limits, LIMIT_PIDS, 4);
}

static void step_begin(struct cgroup_slot *slot)
{
	struct limits limits = {0};
	struct fault fault = {0};

	limits_fill(&limits);
	if (cgroup_step_begin(slot, &fault) < 0 || cgroup_step_limit(slot, &limits, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
}

/* A process in the group that fills memory of its own, works for `msec` of its CPU time and then waits. */
static pid_t process_in(int cgroup_fd, unsigned msec)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};
	int ready[2];
	void *own;
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid != 0) {
		(void)close(ready[1]);
		/* The end: it has closed its copies. */
		assert_int_equal(read(ready[0], &byte, 1), 0);
		(void)close(ready[0]);
		return pid;
	}
	/* A copy of a slot's descriptor would hold its lock. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || close_range(0, ~0U, 0) < 0)
		_exit(1);
	own = mmap(NULL, PROCESS_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (own == MAP_FAILED)
		_exit(1);
	while (clock_now_ns(CLOCK_PROCESS_CPUTIME_ID) < msec * NSEC_PER_MSEC)
		;
	for (;;)
		(void)pause();
}

static void assert_dead(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, SIGKILL);
}

static void a_slot_comes_and_goes(void **state _unused_)
{
	struct cgroup_slot *slot;

	if (not_root())
		skip();
	assert_false(seen());
	slot = slot_create();
	assert_true(seen());
	assert_true(cgroup_slot_agent_fd(slot) >= 0);
	assert_int_equal(cgroup_slot_remove(slot), 0);
	assert_false(seen());
	assert_int_equal(cgroup_slot_remove(NULL), 0);
}

/* Also for an engine that has another register. */
static void a_slot_is_locked(void **state _unused_)
{
	struct cgroup_slot *slot, *other = NULL;
	struct fault fault = {0};
	pid_t pid;

	if (not_root())
		skip();
	slot = slot_create();
	pid = process_in(cgroup_slot_agent_fd(slot), 0);
	assert_int_equal(cgroup_slot_create(tree, number, &other, &fault), -EBUSY);
	assert_null(other);
	assert_int_equal(cgroup_tree_recover(tree, number, &fault), -EBUSY);
	/* And nothing that runs there was killed. */
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_true(seen());
	assert_int_equal(cgroup_slot_remove(slot), 0);
	assert_dead(pid);
}

static void leftovers_are_removed(void **state _unused_)
{
	struct cgroup_slot *slot;
	pid_t pid, second;

	if (not_root())
		skip();
	assert_int_equal(cgroup_tree_recover(tree, number, NULL), -ENOENT);
	slot = slot_create();
	step_begin(slot);
	pid = process_in(cgroup_slot_agent_fd(slot), 0);
	second = process_in(cgroup_step_fd(slot), 0);
	/* Its owner dies: the lock is gone, the rest stands. */
	slot->slot_fd = fd_close(slot->slot_fd);
	assert_int_equal(cgroup_tree_recover(tree, number, NULL), 0);
	assert_dead(pid);
	assert_dead(second);
	assert_false(seen());
	assert_int_equal(cgroup_tree_recover(tree, number, NULL), -ENOENT);
	(void)cgroup_slot_remove(slot);
}

/* A host whose controllers are all on v2 has no groups that could be left on v1. */
static bool no_v1(void)
{
	bool none = cgroup_v1_first(tree) == CGROUP_CONTROLLER_MAX;

	assert_string_equal(cgroup_tree_mode(tree), none ? "v2" : "hybrid");
	return none;
}

/* Of the v1 hierarchy whose groups are made first. */
static char *v1_path_of(const char *file)
{
	static char path[CGROUP_PATH_BYTES + 64];
	enum cgroup_controller_id first = cgroup_v1_first(tree);

	(void)snprintf(path, sizeof(path), "%s/" CGROUP_V1_NAME "%u/%s",
		       tree->host.controller[first].mount, number, file);
	return path;
}

/* As systemd leaves them that removes the group of a dead unit with all below it. */
static void v1_alone_is_removed(void **state _unused_)
{
	char *path;

	if (not_root())
		skip();
	if (no_v1())
		return;
	path = v1_path_of("");
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(seen());
	assert_int_equal(cgroup_tree_recover(tree, number, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_false(seen());
	assert_int_equal(cgroup_tree_recover(tree, number, NULL), -ENOENT);
}

/* One that stands where a slot makes its own has limits of its own, which the slot does not know. */
static void a_v1_group_is_made_anew(void **state _unused_)
{
	struct cgroup_slot *slot;
	struct stat before, after;
	char *path;

	if (not_root())
		skip();
	if (no_v1())
		return;
	path = v1_path_of("");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(stat(path, &before), 0);
	slot = slot_create();
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(cgroup_slot_remove(slot), 0);
	assert_int_equal(access(path, F_OK), -1);
}

/* One with somebody in it is somebody's, who sees another /run and another base. */
static void a_v1_group_of_somebody(void **state _unused_)
{
	struct cgroup_slot *slot = NULL;
	char *path;
	pid_t pid;

	if (not_root())
		skip();
	if (no_v1())
		return;
	path = v1_path_of("tasks");
	*strrchr(path, '/') = '\0';
	assert_int_equal(mkdir(path, 0755), 0);
	pid = fork();
	if (pid == 0) {
		if (file_write(AT_FDCWD, v1_path_of("tasks"), "0") < 0)
			_exit(1);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	assert_int_equal(cgroup_slot_create(tree, number, &slot, NULL), -EBUSY);
	assert_int_equal(access(v1_path_of("tasks"), F_OK), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_tree_recover(tree, number, NULL), 0);
	assert_false(seen());
}

/* Where so many descriptors are free: 0, or what is said of it. */
static int create_with(unsigned n_free)
{
	int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), r;
	struct cgroup_slot *slot = NULL;
	struct fault fault = {0};
	struct rlimit limit;
	rlim_t before;

	assert_true(lowest >= 0);
	(void)close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)lowest + n_free;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	r = cgroup_slot_create(tree, number, &slot, &fault);
	limit.rlim_cur = before;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(fault.error, r);
	assert_int_equal(cgroup_slot_remove(slot), 0);
	return r;
}

static void a_slot_without_descriptors(void **state _unused_)
{
	enum { ENOUGH = 64 };
	unsigned n = 0;
	int r;

	if (not_root())
		skip();
	while ((r = create_with(n)) < 0 && n++ < ENOUGH)
		assert_int_equal(r, -EMFILE);
	assert_int_equal(r, 0);
	assert_true(n > 0);
	(void)cgroup_tree_recover(tree, number, NULL);
	assert_false(seen());
}

static void a_step_comes_and_goes(void **state _unused_)
{
	struct cgroup_slot *slot;

	if (not_root())
		skip();
	slot = slot_create();
	for (int i = 0; i < 3; i++) {
		struct stat st;

		step_begin(slot);
		assert_int_equal(fstatat(slot->slot_fd, slot->step_name, &st, 0), 0);
		assert_int_equal(cgroup_step_end(slot, NULL), 0);
		assert_int_equal(fstatat(slot->slot_fd, slot->step_name, &st, 0), -1);
		assert_int_equal(cgroup_step_end(slot, NULL), 0);
		assert_int_equal(cgroup_step_fd(slot), -EBADF);
	}
	assert_int_equal(cgroup_slot_remove(slot), 0);
}

static void a_step_that_is_not_empty(void **state _unused_)
{
	struct cgroup_slot *slot;
	struct fault fault = {0};
	pid_t pid;

	if (not_root())
		skip();
	slot = slot_create();
	step_begin(slot);
	pid = process_in(cgroup_step_fd(slot), 0);
	assert_true(pid > 0);
	assert_int_equal(cgroup_step_end(slot, &fault), -EBUSY);
	assert_string_equal(fault.layer, "cgroup");
	assert_true(cgroup_step_fd(slot) >= 0);
	assert_int_equal(cgroup_step_kill(slot), 0);
	assert_dead(pid);
	for (int i = 0; i < 1000 && cgroup_step_end(slot, NULL) == -EBUSY; i++)
		(void)usleep(1000);
	assert_int_equal(cgroup_step_fd(slot), -EBADF);
	assert_int_equal(cgroup_slot_remove(slot), 0);
}

/* CPU time of one step says nothing about the next: each group is new. */
static void the_clock_starts_at_zero(void **state _unused_)
{
	struct cgroup_slot *slot;
	struct cgroup_usage usage;

	if (not_root())
		skip();
	slot = slot_create();
	for (int i = 0; i < 2; i++) {
		uint64_t ns = 1;
		pid_t pid;

		step_begin(slot);
		assert_int_equal(cgroup_step_cpu_ns(slot, &ns), 0);
		assert_int_equal(ns, 0);
		pid = process_in(cgroup_step_fd(slot), 30);
		for (int k = 0; k < 5000 && ns < 30 * NSEC_PER_MSEC; k++) {
			(void)usleep(1000);
			assert_int_equal(cgroup_step_cpu_ns(slot, &ns), 0);
		}
		assert_int_equal(cgroup_step_kill(slot), 0);
		assert_dead(pid);
		assert_int_equal(cgroup_step_usage(slot, 0, &usage, NULL), 0);
		assert_int_equal(cgroup_step_usage_cpu(slot, &usage, NULL), 0);
		assert_true(usage.cpu_ns >= 30 * NSEC_PER_MSEC);
		assert_true(usage.cpu_ns < 2 * NSEC_PER_SEC);
		assert_int_equal(usage.oom_kills, 0);
		assert_int_equal(usage.pids_refused, 0);
		assert_non_null(usage.sources.cpu);
		assert_int_equal(cgroup_step_end(slot, NULL), 0);
	}
	assert_int_equal(cgroup_slot_remove(slot), 0);
}

/* A process that works for `usec` in the group and ends. */
static void work_in(int cgroup_fd, unsigned usec)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	int status = -1;

	if (pid == 0) {
		while (clock_now_ns(CLOCK_PROCESS_CPUTIME_ID) < usec * NSEC_PER_USEC)
			;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Takes what a step used, as a sandbox does at its end. */
static struct cgroup_usage usage_take(struct cgroup_slot *slot)
{
	struct cgroup_usage usage;

	assert_true(cgroup_step_empty(slot));
	assert_int_equal(cgroup_step_usage(slot, 0, &usage, NULL), 0);
	assert_int_equal(cgroup_step_usage_cpu(slot, &usage, NULL), 0);
	assert_int_equal(cgroup_step_end(slot, NULL), 0);
	assert_int_equal(cgroup_step_fd(slot), -EBADF);
	return usage;
}

static bool group_stands(const struct cgroup_slot *slot)
{
	struct stat st;

	return fstatat(slot->slot_fd, slot->step_name, &st, 0) == 0;
}

/* Without a controller on v2 a short step's group is there for the next, which is told its own time alone. Never with one. */
static void a_group_is_kept(void **state _unused_)
{
	bool kept_ever = false, keepable = true;
	struct cgroup_slot *slot;

	if (not_root())
		skip();
	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++)
		keepable &= !tree->v2[id];
	slot = slot_create();
	for (int i = 0; i < 60; i++) {
		uint64_t ns = 1;
		struct cgroup_usage usage;
		bool kept = slot->kept_fd >= 0;

		step_begin(slot);
		assert_int_equal(cgroup_step_cpu_ns(slot, &ns), 0);
		assert_int_equal(ns, 0);
		work_in(cgroup_step_fd(slot), 700);
		usage = usage_take(slot);
		assert_true(usage.cpu_ns >= 700 * NSEC_PER_USEC && usage.cpu_ns < NSEC_PER_SEC);
		assert_true(usage.user_ns + usage.system_ns <= usage.cpu_ns + 2 * NSEC_PER_USEC);
		assert_true(usage.pressure_cpu_ns == UINT64_MAX ||
			    usage.pressure_cpu_ns < NSEC_PER_SEC);
		assert_int_equal(group_stands(slot), slot->kept_fd >= 0);
		kept_ever |= kept;
	}
	assert_int_equal(kept_ever, keepable);
	assert_true(slot->steps < 60 || !keepable);
	assert_int_equal(cgroup_slot_remove(slot), 0);
	assert_false(seen());
}

static void not_after(void (*what)(struct cgroup_slot *slot))
{
	struct cgroup_slot *slot = slot_create();

	step_begin(slot);
	what(slot);
	(void)usage_take(slot);
	assert_int_equal(slot->kept_fd, -EBADF);
	assert_false(group_stands(slot));
	assert_int_equal(cgroup_slot_remove(slot), 0);
}

static void freeze(struct cgroup_slot *slot)
{
	assert_int_equal(cgroup_step_freeze(slot, true), 0);
	assert_int_equal(cgroup_step_freeze(slot, false), 0);
}

static void kill_it(struct cgroup_slot *slot)
{
	assert_int_equal(cgroup_step_kill(slot), 0);
}

static void long_work(struct cgroup_slot *slot)
{
	work_in(cgroup_step_fd(slot), 20000);
}

static void a_group_is_not_kept(void **state _unused_)
{
	if (not_root())
		skip();
	not_after(freeze);
	not_after(kill_it);
	not_after(long_work);
}

/* What another process of the slot's had is taken off, and never below nothing. */
static void a_sample_is_of_the_step(void **state _unused_)
{
	struct cgroup_sampler sampler;
	struct cgroup_sample sample, less;
	struct cgroup_slot *slot;
	pid_t pid;

	if (not_root())
		skip();
	slot = slot_create();
	step_begin(slot);
	pid = process_in(cgroup_step_fd(slot), 20);
	assert_int_equal(cgroup_sampler_open(slot, 0, 0, &sampler), 0);
	for (int k = 0; k < 5000; k++) {
		(void)usleep(1000);
		assert_int_equal(cgroup_sampler_read(&sampler, &sample), 0);
		/* On a slow machine it has spent that much before it has all its memory. */
		if (sample.cpu_ns >= 20 * NSEC_PER_MSEC &&
		    (cgroup_slot_oom_fd(slot) >= 0 || sample.memory_bytes >= PROCESS_BYTES))
			break;
	}
	assert_true(sample.cpu_ns >= 20 * NSEC_PER_MSEC && sample.cpu_ns < 2 * NSEC_PER_SEC);
	if (cgroup_slot_oom_fd(slot) < 0) {
		assert_int_equal(sample.processes, 1);
		assert_true(sample.memory_bytes >= PROCESS_BYTES);
	}
	assert_true(sample.memory_bytes < 64 << 20);
	cgroup_sampler_close(&sampler);
	assert_int_equal(cgroup_sampler_open(slot, UINT64_MAX, sample.cpu_ns, &sampler), 0);
	assert_int_equal(cgroup_sampler_read(&sampler, &less), 0);
	assert_true(less.cpu_ns < sample.cpu_ns);
	if (cgroup_slot_oom_fd(slot) >= 0)
		assert_int_equal(less.memory_bytes, 0);
	cgroup_sampler_close(&sampler);
	assert_int_equal(cgroup_step_kill(slot), 0);
	assert_dead(pid);
	assert_int_equal(cgroup_step_end(slot, NULL), 0);
	assert_int_equal(cgroup_slot_remove(slot), 0);
}

static void kill_of_a_slot(void **state _unused_)
{
	struct cgroup_slot *slot;
	pid_t agent, step;

	if (not_root())
		skip();
	slot = slot_create();
	step_begin(slot);
	agent = process_in(cgroup_slot_agent_fd(slot), 0);
	step = process_in(cgroup_step_fd(slot), 0);
	assert_int_equal(cgroup_slot_kill(slot), 0);
	assert_dead(agent);
	assert_dead(step);
	assert_int_equal(cgroup_slot_remove(slot), 0);
}

static bool stands(void)
{
	char path[CGROUP_PATH_BYTES + 32];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/slot-%u", tree->base_path, number);
	return stat(path, &st) == 0;
}

/* BASE vanishes when the last engine goes: the next slot makes it again, and is removed from there. */
static void a_base_that_vanished(void **state _unused_)
{
	struct cgroup_tree *second = NULL;
	struct cgroup_slot *slot;

	if (not_root())
		skip();
	assert_int_equal(cgroup_tree_open(&(struct cgroup_options){0}, &second, NULL), 0);
	assert_null(cgroup_tree_close(second)); /* removes BASE when nobody else is there */
	slot = slot_create();
	assert_true(stands());
	assert_true(seen());
	step_begin(slot);
	assert_int_equal(cgroup_step_end(slot, NULL), 0);
	assert_int_equal(cgroup_slot_remove(slot), 0);
	assert_false(stands());
	assert_null(cgroup_tree_close(NULL));
}

static void controllers_and_mode(void **state _unused_)
{
	if (not_root())
		skip();
	assert_true(cgroup_tree_limits(tree, LIMIT_MEMORY));
	assert_true(cgroup_tree_limits(tree, LIMIT_PIDS));
	assert_true(strcmp(cgroup_tree_mode(tree), "v2") == 0 ||
		    strcmp(cgroup_tree_mode(tree), "hybrid") == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_slot_comes_and_goes),	TEST(a_slot_is_locked),
		TEST(leftovers_are_removed),	TEST(a_step_comes_and_goes),
		TEST(a_step_that_is_not_empty), TEST(the_clock_starts_at_zero),
		TEST(kill_of_a_slot),		TEST(a_base_that_vanished),
		TEST(controllers_and_mode),	TEST(a_sample_is_of_the_step),
		TEST(a_group_is_kept),		TEST(a_group_is_not_kept),
		TEST(v1_alone_is_removed),	TEST(a_v1_group_is_made_anew),
		TEST(a_v1_group_of_somebody),	TEST(a_slot_without_descriptors),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
