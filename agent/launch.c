/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to PID 1 of a sandbox.
 *
 * The launcher first enters the mount namespace that holds nothing but the policy's tree, so that the copy which
 * CLONE_NEWNS makes is the sandbox's root already: no pivot_root, no old root to detach, no host path to hide.
 * All namespaces but the user namespace belong to the host's user namespace: nobody inside has authority over them,
 * whatever capability it might win in its own.
 *
 * clone3 is called raw: it answers a pidfd, which libc's fork cannot. The child has a copy of the launcher's
 * memory, a few hundred KiB; libc state that fork handlers would mend is not used (one thread, no malloc).
 */

#include "agent/launch.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/abi/launch.h"
#include "agent/call.h"
#include "agent/sandbox.h"
#include "lib/base/urgent.h"

static const uint32_t required_fds =
	1U << AGENT_FD_REPORT | 1U << AGENT_FD_PLAN | 1U << AGENT_FD_ROOT | 1U << AGENT_FD_NET |
	1U << AGENT_FD_USER | 1U << AGENT_FD_CGROUP | 1U << AGENT_FD_SCRATCH |
	1U << AGENT_FD_STDOUT | 1U << AGENT_FD_STDERR;

void report_send(int socket_fd, const struct report *report, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)report, .iov_len = sizeof(*report)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	while (CALL(sendmsg, socket_fd, &msg, MSG_NOSIGNAL) == -EINTR)
		;
}

void sandbox_report(const struct sandbox *sandbox, const struct report *report, int fd)
{
	report_send(sandbox->fd[AGENT_FD_REPORT], report, fd);
}

static int sandbox_clone(struct sandbox *sandbox)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	pid = CALL(setns, sandbox->fd[AGENT_FD_ROOT], CLONE_NEWNS);
	if (pid < 0)
		return (int)pid;
	pid = CALL(clone3, &args, sizeof(args));
	if (pid < 0)
		return (int)pid;
	if (pid == 0)
		sandbox_init(sandbox);
	return pidfd;
}

int launch_loop(int control_fd)
{
	bool urgent = urgent_is();
	int self_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (self_fd < 0)
		return -errno;
	for (;;) {
		struct sandbox sandbox = {
			.urgent = urgent,
			.launcher_pidfd = self_fd,
			.sync_init = -EBADF,
			.sync_step = -EBADF,
			.listener_fd = -EBADF,
		};
		struct report report = {.kind = REPORT_LAUNCHED};
		int r;

		for (int i = 0; i < AGENT_FD_MAX; i++)
			sandbox.fd[i] = -EBADF;
		r = request_receive(control_fd, required_fds, &sandbox, NULL, NULL);
		if (r == -EPROTO)
			continue;
		if (r <= 0)
			return r;
		if (sandbox.fd[AGENT_FD_LATE] >= 0)
			(void)CALL(close, sandbox.fd[AGENT_FD_LATE]);
		sandbox.fd[AGENT_FD_LATE] = -EBADF;
		r = sandbox_clone(&sandbox);
		report.error = r < 0 ? r : 0;
		sandbox_report(&sandbox, &report, r);
		/* The pidfd, and what the request brought. */
		(void)CALL(close_range, self_fd + 1, ~0U);
	}
}
