/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child answers with a struct fault through a pipe (error 0: done) and then reads from another pipe whose only writer is the
 * supervisor: it ends when the supervisor closes it, and also when the supervisor is killed. The parent-death signal says
 * the same once more; it is armed before the check that the parent is still there, so no moment is open.
 */

#include "supervisor/sandbox/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/forked.h"
#include "lib/base/urgent.h"

enum { CHILD_HOLD_FD = 0, CHILD_TELL_FD = 1 };

_Noreturn static void child_main(int (*work)(const void *, struct fault *), const void *argument,
				 pid_t parent, int hold_fd, int tell_fd)
{
	struct fault fault = {0};
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		forked_exit(1);
	/* Above the two numbers first, so that neither overwrites the other. */
	hold_fd = fcntl(hold_fd, F_DUPFD, CHILD_TELL_FD + 1);
	tell_fd = fcntl(tell_fd, F_DUPFD, CHILD_TELL_FD + 1);
	if (dup2(hold_fd, CHILD_HOLD_FD) < 0 || dup2(tell_fd, CHILD_TELL_FD) < 0 ||
	    close_range(CHILD_TELL_FD + 1, ~0U, 0) < 0)
		forked_exit(1);
	fault.error = work(argument, &fault);
	if (fd_write_all(CHILD_TELL_FD, &fault, sizeof(fault)) < 0)
		forked_exit(1);
	while (read(CHILD_HOLD_FD, &byte, 1) < 0 && errno == EINTR)
		;
	forked_exit(0);
}

int holder_start(int (*work)(const void *argument, struct fault *fault), const void *argument,
		 struct holder *ret_holder, struct fault *fault)
{
	_cleanup_close_ int ready = -EBADF, tell = -EBADF, hold_read = -EBADF, hold = -EBADF;
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t parent = getpid();
	bool urgent = urgent_is();
	int r = fd_pipe(&ready, &tell);
	long pid;

	if (r == 0)
		r = fd_pipe(&hold_read, &hold);
	if (r < 0)
		return fault_set(fault, r, "namespaces", "pipe");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return fault_set(fault, -errno, "namespaces", "cannot start a process");
	if (pid == 0) {
		forked_alone();
		urgent_enter(urgent);
		child_main(work, argument, parent, hold_read, tell);
	}
	*ret_holder = (struct holder){
		.pid = (int)pid,
		.pidfd = pidfd,
		.ready_fd = TAKE_FD(ready),
		.hold_fd = TAKE_FD(hold),
	};
	return 0;
}

int holder_answer(struct holder *holder, struct fault *fault)
{
	struct pollfd pfd = {.fd = holder->ready_fd, .events = POLLIN};
	struct fault answer = {0};
	int r;

	do
		r = poll(&pfd, 1, HOLDER_ANSWER_MSEC);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return fault_say(
			fault, -ETIMEDOUT, "namespaces",
			"making a namespace takes too long; does every mount source answer?");
	if (fd_read_full(holder->ready_fd, &answer, sizeof(answer)) != sizeof(answer))
		return fault_say(fault, -EIO, "namespaces",
				 "the process that makes a namespace died");
	if (answer.error < 0 && fault != NULL)
		*fault = answer;
	return answer.error;
}

int holder_namespace_open(const struct holder *holder, const char *kind)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", holder->pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void holder_end(struct holder *holder)
{
	siginfo_t info;

	holder->hold_fd = fd_close(holder->hold_fd);
	holder->ready_fd = fd_close(holder->ready_fd);
	(void)pidfd_send_signal(holder->pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)holder->pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
	holder->pidfd = fd_close(holder->pidfd);
}
