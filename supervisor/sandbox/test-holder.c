/* SPDX-License-Identifier: Apache-2.0 */
/* The child that holds a namespace: what it answers, how it fails, what it has of its parent, when it ends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/forked.h"
#include "supervisor/sandbox/holder.h"

static int work_nothing(const void *argument _unused_, struct fault *fault _unused_)
{
	return 0;
}

static int work_fails(const void *argument, struct fault *fault)
{
	return fault_set(fault, -EACCES, "test", "%s", (const char *)argument);
}

static int work_dies(const void *argument _unused_, struct fault *fault _unused_)
{
	(void)raise(SIGKILL);
	return 0;
}

static int work_exits(const void *argument _unused_, struct fault *fault _unused_)
{
	forked_exit(0);
}

static int work_user(const void *argument _unused_, struct fault *fault _unused_)
{
	return unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
}

static int work_sleeps(const void *argument _unused_, struct fault *fault _unused_)
{
	while (pause() < 0)
		;
	return 0;
}

/* 0 when the descriptors are the two pipes and the one that lists them. */
static int work_counts(const void *argument _unused_, struct fault *fault)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return -errno;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n == 3 ? 0 : fault_say(fault, -E2BIG, "test", "%d descriptors", n);
}

static void start(int (*work)(const void *, struct fault *), struct holder *holder)
{
	struct fault fault = {0};

	if (holder_start(work, "why", holder, &fault) < 0)
		fail_msg("%s", fault.text);
}

static int answer_of(int (*work)(const void *, struct fault *), struct fault *fault)
{
	struct holder holder;
	int r;

	start(work, &holder);
	r = holder_answer(&holder, fault);
	holder_end(&holder);
	assert_int_equal(holder.pidfd, -EBADF);
	assert_int_equal(holder.hold_fd, -EBADF);
	assert_int_equal(holder.ready_fd, -EBADF);
	/* Nobody is left to wait for. */
	assert_int_equal(waitpid(holder.pid, NULL, WNOHANG), -1);
	return r;
}

static void work_that_succeeds(void **state _unused_)
{
	struct fault fault = {0};

	assert_int_equal(answer_of(work_nothing, &fault), 0);
	assert_int_equal(fault.error, 0);
}

static void work_that_fails(void **state _unused_)
{
	struct fault fault = {0};

	assert_int_equal(answer_of(work_fails, &fault), -EACCES);
	assert_int_equal(fault.error, -EACCES);
	assert_string_equal(fault.layer, "test");
	assert_string_equal(fault.text, "why: Permission denied");
	assert_int_equal(answer_of(work_fails, NULL), -EACCES);
}

static void work_that_dies(void **state _unused_)
{
	struct fault fault = {0};

	assert_int_equal(answer_of(work_dies, &fault), -EIO);
	assert_int_equal(fault.error, -EIO);
	assert_int_equal(answer_of(work_exits, NULL), -EIO);
}

static void no_descriptor_of_ours(void **state _unused_)
{
	struct fault fault = {0};
	int fds[20];

	/* Inheritable ones too. */
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = open("/dev/null",
			      O_RDONLY); /* NOLINT(android-cloexec-open): seen by the child */
	assert_int_equal(answer_of(work_counts, &fault), 0);
	assert_string_equal(fault.text, "");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}

/* Pipes that got the numbers 0 and 1 must not overwrite each other. Context: a process of its own. */
_Noreturn static void start_without_stdio(void)
{
	struct holder holder;
	int r;

	(void)close(0);
	(void)close(1);
	(void)close(2);
	if (holder_start(work_counts, NULL, &holder, NULL) < 0)
		_exit(10);
	r = holder_answer(&holder, NULL);
	holder_end(&holder);
	_exit(r == 0 ? 0 : 11);
}

static void without_standard_descriptors(void **state _unused_)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		start_without_stdio();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void namespaces_are_opened(void **state _unused_)
{
	struct holder holder;
	struct stat ours, its;
	_cleanup_close_ int fd = -EBADF;

	start(work_user, &holder);
	if (holder_answer(&holder, NULL) < 0) {
		holder_end(&holder);
		print_message("# missing: user namespaces\n");
		skip();
	}
	fd = holder_namespace_open(&holder, "user");
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(holder_namespace_open(&holder, "none"), -ENOENT);
	holder_end(&holder);
	assert_int_equal(fstat(fd, &its), 0);
	assert_int_equal(stat("/proc/self/ns/user", &ours), 0);
	assert_true(its.st_ino != ours.st_ino);
}

/* Also one that does not answer: it is killed, not waited for. */
static void ends_at_once(void **state _unused_)
{
	struct holder holder;

	start(work_sleeps, &holder);
	holder_end(&holder);
	assert_int_equal(waitpid(holder.pid, NULL, WNOHANG), -1);
}

_Noreturn static void parent_of_a_holder(int (*work)(const void *, struct fault *), int tell)
{
	struct holder holder;

	if (holder_start(work, NULL, &holder, NULL) < 0)
		_exit(1);
	if (work != work_sleeps)
		(void)holder_answer(&holder, NULL);
	if (write(tell, &holder.pid, sizeof(holder.pid)) != sizeof(holder.pid))
		_exit(1);
	for (;;)
		(void)pause();
}

static void dies_with_its_parent(int (*work)(const void *, struct fault *))
{
	int tell[2], child = 0;
	struct pollfd pfd = {.events = POLLIN};
	pid_t pid;

	assert_int_equal(fd_pipe(&tell[0], &tell[1]), 0);
	pid = fork();
	if (pid == 0)
		parent_of_a_holder(work, tell[1]);
	assert_int_equal(fd_read_full(tell[0], &child, sizeof(child)), sizeof(child));
	pfd.fd = pidfd_open(child, 0);
	assert_true(pfd.fd >= 0);
	assert_int_equal(poll(&pfd, 1, 20), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(poll(&pfd, 1, 5000), 1);
	(void)close(pfd.fd);
	(void)close(tell[0]);
	(void)close(tell[1]);
}

static void parent_dies_while_it_holds(void **state _unused_)
{
	dies_with_its_parent(work_nothing);
}

static void parent_dies_while_it_works(void **state _unused_)
{
	dies_with_its_parent(work_sleeps);
}

/* The change of credentials must not lose it. */
static void parent_dies_after_unshare(void **state _unused_)
{
	dies_with_its_parent(work_user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_that_succeeds),
		cmocka_unit_test(work_that_fails),
		cmocka_unit_test(work_that_dies),
		cmocka_unit_test(no_descriptor_of_ours),
		cmocka_unit_test(without_standard_descriptors),
		cmocka_unit_test(namespaces_are_opened),
		cmocka_unit_test(ends_at_once),
		cmocka_unit_test(parent_dies_while_it_holds),
		cmocka_unit_test(parent_dies_while_it_works),
		cmocka_unit_test(parent_dies_after_unshare),
	};

	return cmocka_run_group_tests_name("holder", tests, NULL, NULL);
}
