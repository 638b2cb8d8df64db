/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying what might hurt the one who tries.
 *
 * The problem: unshare(2), a seccomp filter, a changed scheduling class or a dropped privilege
 * cannot be taken back, and a kernel piece that is half there may block for good. So such an
 * attempt runs in a child.
 *
 * The design: the child writes what it found into one page of shared memory, so there is no
 * protocol to get wrong, and the last field it writes says that the rest is whole. An alarm ends
 * the child after 2 s. Children of the child are made by host_fork() and host_clone3() only, which
 * tie them to their parent's life: when the child is killed, all are.
 *
 * Invariants: after host_try_in_child() no process that it made is alive or a zombie but for those
 * in the kernel's hands already; the caller's signals, mask and descriptors are what they were.
 */

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "supervisor/sandbox/host-probe.h"

enum {
	ATTEMPT_SECONDS = 2, /* the slowest attempt takes some 20 ms on an idle machine */
	POLL_MSEC = 1000,
};

/* The page that child and parent share. */
struct answer {
	bool whole;
	int result;
	struct host_note note;
};

int note_say(struct host_note *note, int result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(note->detail, sizeof(note->detail), format, args);
	va_end(args);
	return result;
}

/* A child must not outlive the one that tries, also when that is killed before the prctl. */
static void die_with_parent(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
}

static void set_alarm(void)
{
	sigset_t set;

	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)alarm(ATTEMPT_SECONDS);
}

/*
 * A caller may have started us with SIGCHLD ignored, which execve(2) keeps. The kernel then reaps
 * children itself, and waiting for one says ECHILD. Source: wait(2).
 */
static void keep_children(void)
{
	(void)signal(SIGCHLD, SIG_DFL);
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int host_try_in_child(host_attempt attempt, const struct host_context *context,
		      struct host_note *note)
{
	struct answer *answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t self = getpid(), pid;
	int result;

	if (answer == MAP_FAILED)
		return note_say(note, HOST_TRY_UNKNOWN, "not tried: no memory");
	pid = fork();
	if (pid == 0) {
		die_with_parent(self);
		set_alarm();
		keep_children();
		answer->result = attempt(context, &answer->note);
		__atomic_store_n(&answer->whole, true, __ATOMIC_RELEASE);
		_exit(0);
	}
	if (pid > 0)
		reap(pid);
	if (pid < 0) {
		result = note_say(note, HOST_TRY_UNKNOWN, "not tried: cannot fork");
	} else if (__atomic_load_n(&answer->whole, __ATOMIC_ACQUIRE)) {
		*note = answer->note;
		result = answer->result;
	} else {
		result = note_say(note, HOST_TRY_UNKNOWN, "the attempt did not end within %d s",
				  ATTEMPT_SECONDS);
	}
	(void)munmap(answer, sizeof(*answer));
	return result;
}

pid_t host_fork(void)
{
	pid_t self = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		die_with_parent(self);
	return pid;
}

int host_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

pid_t host_clone3(unsigned long long flags, int cgroup_fd, int *ret_pidfd)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = flags & CLONE_INTO_CGROUP ? (uint64_t)cgroup_fd : 0,
	};
	pid_t self = getpid();
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return -errno;
	if (pid == 0)
		die_with_parent(self);
	else
		*ret_pidfd = pidfd;
	return pid;
}

int host_wait_pidfd(int pidfd, int signal)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	siginfo_t info = {0};
	int n = poll(&poll_fd, 1, POLL_MSEC);

	if (n <= 0)
		return n < 0 ? -errno : -ETIMEDOUT;
	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		return -errno;
	if (info.si_code != (signal ? CLD_KILLED : CLD_EXITED) || info.si_status != signal)
		return -ECHILD;
	return 0;
}
