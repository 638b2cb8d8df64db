/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: several of one set, a launcher that dies, a network namespace that is used again or not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/forked.h"
#include "lib/base/urgent.h"
#include "supervisor/sandbox/cgroup-internal.h"
#include "supervisor/sandbox/slot-number.h"
#include "supervisor/sandbox/slot.h"

static struct slot_set *set;

static const char *libexec_dir(void)
{
	static char path[4096];
	const char *build = getenv("ASSAY_BUILD");

	(void)snprintf(path, sizeof(path), "%s/libexec/assay", build != NULL ? build : ".");
	return path;
}

static int setup(void **state _unused_)
{
	struct fault fault = {0};

	if (geteuid() != 0)
		return 0;
	if (slot_set_open(libexec_dir(), &(struct cgroup_options){0}, &set, &fault) == 0)
		return 0;
	print_message("# %s: %s\n", fault.layer, fault.text);
	return -1;
}

static int teardown(void **state _unused_)
{
	set = slot_set_close(set);
	return 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

/* An endless loop in here would be found by the alarm. */
static struct slot *open_one(void)
{
	struct fault fault = {0};
	struct slot *slot = NULL;

	(void)alarm(30);
	if (slot_open(set, &slot, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	(void)alarm(0);
	return slot;
}

static void slots_of_one_set_differ(void **state _unused_)
{
	struct slot *slots[3];

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		slots[i] = open_one();
	for (size_t i = 1; i < ARRAY_SIZE(slots); i++) {
		assert_int_not_equal(slots[i]->number, slots[i - 1]->number);
		assert_int_not_equal(slots[i]->host_uid, slots[i - 1]->host_uid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		(void)slot_close(slots[i]);
}

static void ids_follow_the_number(void **state _unused_)
{
	struct slot *slot;

	if (not_root())
		skip();
	slot = open_one();
	assert_int_equal(slot->host_uid, (uid_t)SLOT_UID_BASE + slot->number * SLOT_UIDS + 1000);
	assert_int_equal(slot->host_gid, slot->host_uid);
	assert_true(slot_alive(slot));
	assert_false(slot->broken);
	(void)slot_close(slot);
}

static unsigned long host_base;

static int map_wrong(const char *path)
{
	const unsigned long expected[] = {0, host_base, 1, 1000, host_base + 1000, 1};
	char text[256], *at = text;

	if (file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		char *number = at;

		if (strtoul(number, &at, 10) != expected[i] || at == number)
			return 1;
	}
	return at[strspn(at, " \n")] != '\0';
}

static int two_ids(void)
{
	return map_wrong("/proc/self/uid_map") || map_wrong("/proc/self/gid_map");
}

static int other_ids_do_not_exist(void)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return 1;
	if (setresuid(1, 1, 1) == 0 || setresuid(999, 999, 999) == 0 || setresgid(5, 5, 5) == 0)
		return 2;
	return setresgid(1000, 1000, 1000) < 0 || setresuid(1000, 1000, 1000) < 0 ? 3 : 0;
}

/* seccomp says so too, and does not stand alone. */
static int none_below(void)
{
	return unshare(CLONE_NEWUSER) == 0 || errno != ENOSPC;
}

/*
 * Runs `check` in a child that has entered the user namespace; 0 is good, what else it returns is shown. Only one with a single thread may enter
 * one, and ThreadSanitizer gives a child that it sees another.
 */
static void check_inside(int user_fd, int (*check)(void))
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	int status = -1;

	if (pid == 0) {
		forked_alone();
		forked_exit(setns(user_fd, CLONE_NEWUSER) < 0 ? 99 : check());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void exactly_two_ids(void **state _unused_)
{
	struct slot *slot;

	if (not_root())
		skip();
	slot = open_one();
	host_base = slot->host_uid - 1000;
	check_inside(slot->user_fd, two_ids);
	check_inside(slot->user_fd, other_ids_do_not_exist);
	check_inside(slot->user_fd, none_below);
	(void)slot_close(slot);
}

/* An engine that sees another /run knows nothing of our register, and locks the same groups. */
static void groups_of_another_run(void **state _unused_)
{
	struct slot *slot;
	int number, fd;

	if (not_root())
		skip();
	slot = open_one();
	number = slot->number;
	(void)slot_close(slot);
	fd = cgroup_v2_slot_open(set->tree, (unsigned)number, true);
	assert_true(fd >= 0);
	slot = open_one();
	assert_int_not_equal(slot->number, number);
	(void)slot_close(slot);
	(void)fd_close(fd);
	assert_int_equal(cgroup_tree_recover(set->tree, (unsigned)number, NULL), 0);
}

/* A number is free for the next one only when the slot is closed. */
static void numbers_are_given_back(void **state _unused_)
{
	struct slot *slot;
	int number;

	if (not_root())
		skip();
	slot = open_one();
	number = slot->number;
	{
		_cleanup_close_ int other = slot_register_open(NULL);

		assert_int_equal(slot_number_take(other, number), -EBUSY);
		(void)slot_close(slot);
		assert_int_equal(slot_number_take(other, number), number);
	}
}

static void a_dead_launcher_is_seen_and_replaced(void **state _unused_)
{
	struct slot *slot;
	struct pollfd pfd;
	pid_t before;

	if (not_root())
		skip();
	slot = open_one();
	before = slot->launcher.pid;
	assert_int_equal(kill(before, SIGKILL), 0);
	pfd = (struct pollfd){.fd = slot->launcher.pidfd, .events = POLLIN};
	assert_int_equal(poll(&pfd, 1, 5000), 1);
	assert_false(slot_alive(slot));
	assert_int_equal(slot_revive(slot, NULL), 0);
	assert_true(slot_alive(slot));
	assert_int_not_equal(slot->launcher.pid, before);
	(void)slot_close(slot);
}

/* In how many groups of the slot's a process stands. */
static int groups_in(const struct slot *slot, pid_t pid)
{
	char path[64], text[4096], v1[64], v2[64], *at = text, *line;
	int n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	(void)snprintf(v1, sizeof(v1), ":/assay-slot-%d", slot->number);
	(void)snprintf(v2, sizeof(v2), "/slot-%d/agent", slot->number);
	assert_true(file_read(AT_FDCWD, path, text, sizeof(text)) > 0);
	while ((line = strsep(&at, "\n")) != NULL)
		n += strstr(line, v1) != NULL || strstr(line, v2) != NULL;
	return n;
}

static int groups_wanted(const struct slot *slot)
{
	const struct cgroup_tree *tree = slot->set->tree;
	int n = 1, hierarchies = 0;
	dev_t seen[CGROUP_CONTROLLER_MAX];

	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++) {
		struct stat st;
		bool known = false;

		if (slot->cgroup->v1_fd[id] < 0)
			continue;
		assert_true(tree->v1[id]);
		assert_int_equal(fstat(slot->cgroup->v1_fd[id], &st), 0);
		for (int i = 0; i < hierarchies; i++)
			known |= seen[i] == st.st_dev;
		if (!known)
			seen[hierarchies++] = st.st_dev;
	}
	n += hierarchies;
	return n;
}

/* Numbers of descriptors above its control socket that a process has, by which it could have been let into a group. */
static int descriptors_of_groups(pid_t pid)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++) {
		char path[64], target[4096];
		ssize_t size;

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		size = readlink(path, target, sizeof(target) - 1);
		if (size < 0)
			continue;
		target[size] = '\0';
		n += strstr(target, "/tasks") != NULL;
	}
	return n;
}

/* In its groups it is as urgent as they allow, keeps nothing of the way in, and nothing that it forks inherits what it is. */
static void a_launcher_is_where_it_belongs(void **state _unused_)
{
	struct slot *slot;
	int policy;

	if (not_root())
		skip();
	urgent_enter(URGENT);
	for (int i = 0; i < 2; i++) {
		slot = open_one();
		assert_int_equal(groups_in(slot, slot->launcher.pid), groups_wanted(slot));
		assert_int_equal(descriptors_of_groups(slot->launcher.pid), 0);
		policy = sched_getscheduler(slot->launcher.pid);
		assert_true((policy & SCHED_RESET_ON_FORK) != 0);
		if (!urgent_is())
			assert_int_equal(policy & ~SCHED_RESET_ON_FORK, SCHED_OTHER);
		else if (groups_wanted(slot) == 1) /* none on v1 */
			assert_int_equal(policy & ~SCHED_RESET_ON_FORK, SCHED_FIFO);
		assert_int_equal(slot_revive(slot, NULL), 0);
		assert_int_equal(groups_in(slot, slot->launcher.pid), groups_wanted(slot));
		assert_int_equal(descriptors_of_groups(slot->launcher.pid), 0);
		(void)slot_close(slot);
		urgent_enter(URGENT_NOT);
	}
}

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* Whether the launcher stands in the slot's v1 group of disk traffic. */
static bool launcher_in_io(const struct slot *slot)
{
	char path[64], text[4096], group[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", slot->launcher.pid);
	(void)snprintf(group, sizeof(group), "blkio:/assay-slot-%d\n", slot->number);
	assert_true(file_read(AT_FDCWD, path, text, sizeof(text)) > 0);
	return strstr(text, group) != NULL;
}

static void disk_traffic_is_grouped_when_it_is_limited(void **state _unused_)
{
	struct fault fault = {0};
	bool ready = true;
	struct slot *slot;
	pid_t before;

	if (not_root())
		skip();
	slot = open_one();
	before = slot->launcher.pid;
	assert_int_equal(slot_launcher_ready(slot, false, &ready, &fault), 0);
	assert_true(ready);
	assert_int_equal(slot->launcher.pid, before);
	assert_false(launcher_in_io(slot));
	assert_int_equal(slot_launcher_ready(slot, true, &ready, &fault), 0);
	assert_true(slot_alive(slot));
	if (set->tree->v1[CGROUP_IO]) {
		assert_int_not_equal(slot->launcher.pid, before);
		assert_true(launcher_in_io(slot));
		assert_false(ready); /* went with its launcher */
	}
	/* It stays there. */
	before = slot->launcher.pid;
	assert_int_equal(slot_launcher_ready(slot, false, &ready, &fault), 0);
	assert_int_equal(slot_launcher_ready(slot, true, &ready, &fault), 0);
	assert_int_equal(slot->launcher.pid, before);
	(void)slot_close(slot);
}

static void a_clean_network_is_kept(void **state _unused_)
{
	struct slot *slot;
	ino_t first;

	if (not_root())
		skip();
	slot = open_one();
	assert_int_equal(slot_net_prepare(slot, false, NULL), 0);
	first = inode_of(slot->net.fd);
	assert_int_equal(slot_net_prepare(slot, false, NULL), 0);
	assert_int_equal(inode_of(slot->net.fd), first);
	assert_int_equal(slot_net_prepare(slot, true, NULL), 0);
	assert_true(slot->net.loopback);
	assert_int_equal(slot_net_prepare(slot, false, NULL), 0);
	assert_false(slot->net.loopback);
	(void)slot_close(slot);
}

static void an_agent_that_is_not_there(void **state _unused_)
{
	struct slot_set *other = NULL;
	struct fault fault = {0};

	if (not_root())
		skip();
	assert_int_equal(slot_set_open("/no/such/place", &(struct cgroup_options){0}, &other, &fault),
			 -ENOENT);
	assert_null(other);
	assert_string_equal(fault.layer, "agent");
}

static void closing_nothing(void **state _unused_)
{
	assert_null(slot_close(NULL));
	assert_null(slot_set_close(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(groups_of_another_run),
		TEST(slots_of_one_set_differ),
		TEST(ids_follow_the_number),
		TEST(exactly_two_ids),
		TEST(numbers_are_given_back),
		TEST(a_dead_launcher_is_seen_and_replaced),
		TEST(a_launcher_is_where_it_belongs),
		TEST(disk_traffic_is_grouped_when_it_is_limited),
		TEST(a_clean_network_is_kept),
		TEST(an_agent_that_is_not_there),
		cmocka_unit_test(closing_nothing),
	};

	return cmocka_run_group_tests_name("slot", tests, NULL, NULL);
}
