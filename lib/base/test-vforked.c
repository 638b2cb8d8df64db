/* SPDX-License-Identifier: Apache-2.0 */
/* A child in borrowed memory: what it executes, how it ends, and that its parent is as it was. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/forked.h"
#include "lib/base/vforked.h"

struct errand {
	const char *path;
	int tell_fd;
};

static void child_executes(void *argument)
{
	const struct errand *errand = argument;
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)"echo $0; exit 7", NULL};
	char *const envp[] = {NULL};

	if (dup2(errand->tell_fd, STDOUT_FILENO) >= 0)
		(void)execve(errand->path, argv, envp);
	forked_exit(100 + errno);
}

static int start(void (*child)(void *argument), struct errand *errand)
{
	struct clone_args args = {.exit_signal = SIGCHLD};

	return vforked_start(&args, child, errand);
}

static int status_of(int pid)
{
	int status = -1;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void executes_another_program(void **state _unused_)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	struct errand errand = {.path = "/bin/sh"};
	char text[8] = "";
	int status;

	assert_int_equal(fd_pipe(&ours, &theirs), 0);
	errand.tell_fd = theirs;
	status = status_of(start(child_executes, &errand));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_int_equal(read(ours, text, sizeof(text)), 3);
	assert_string_equal(text, "sh\n");
}

/* Its parent goes on when it has ended, too. */
static void cannot_execute(void **state _unused_)
{
	struct errand errand = {.path = "/no/such/program", .tell_fd = STDOUT_FILENO};
	int status = status_of(start(child_executes, &errand));

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 100 + ENOENT);
}

static void child_is_killed(void *argument _unused_)
{
	(void)kill(getpid(), SIGKILL);
	forked_exit(0);
}

static void dies_before(void **state _unused_)
{
	int status = status_of(start(child_is_killed, NULL));

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void child_looks_at_signals(void *argument _unused_)
{
	sigset_t mask;

	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	forked_exit(sigismember(&mask, SIGTERM) == 1 ? 0 : 1);
}

static void signals_are_as_before(void **state _unused_)
{
	sigset_t before, after;

	(void)sigprocmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(sigismember(&before, SIGTERM), 0);
	assert_int_equal(status_of(start(child_looks_at_signals, NULL)), 0);
	(void)sigprocmask(SIG_SETMASK, NULL, &after);
	for (int sig = 1; sig < SIGRTMIN; sig++)
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
}

static void what_the_kernel_refuses(void **state _unused_)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = 9999};

	assert_int_equal(vforked_start(&args, child_is_killed, NULL), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(executes_another_program),
		cmocka_unit_test(cannot_execute),
		cmocka_unit_test(dies_before),
		cmocka_unit_test(signals_are_as_before),
		cmocka_unit_test(what_the_kernel_refuses),
	};

	return cmocka_run_group_tests_name("vforked", tests, NULL, NULL);
}
