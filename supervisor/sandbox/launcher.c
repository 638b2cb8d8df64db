/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's side of a launcher. The launcher is executed once per slot; from then on a sandbox costs one sendmsg here and one
 * clone3 there. It is born in the slot's agent/ group, moves itself into the v1 groups, and gets the control socket as its standard input.
 *
 * Reports come from the sandbox's PID 1, which is ours but lives among submissions: what is received is checked for
 * size and kind, and more descriptors than one are closed.
 */

#include "supervisor/sandbox/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/forked.h"
#include "lib/base/urgent.h"

enum { AGENT_BYTES_MAX = 16 << 20 };

int launcher_load(const char *libexec_dir, struct fault *fault)
{
	_cleanup_close_ int file = -EBADF;
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/assay-agent", libexec_dir) >= (int)sizeof(path))
		return fault_set(fault, -ENAMETOOLONG, "agent", "%s", libexec_dir);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return fault_set(fault, -errno, "agent", "cannot open %s (is assay installed?)",
				 path);
	fd = fd_sealed_program("assay-agent", file, AGENT_BYTES_MAX);
	return fd < 0 ? fault_set(fault, fd, "agent", "cannot copy %s", path) : fd;
}

/* In the child: says over its socket whether it got where it belongs, and becomes the launcher. */
_Noreturn static void launcher_exec(int agent_fd, const struct cgroup_slot *group, int socket_fd,
				    bool urgent)
{
	char *const argv[] = {(char *)"assay-agent", (char *)"launcher", NULL};
	char *const envp[] = {NULL};
	int r;

	forked_alone();
	r = cgroup_slot_join(group);
	/* Then: a v1 group takes nobody urgent in, where the kernel has budgets for that (CONFIG_RT_GROUP_SCHED), and has none to give. */
	urgent_enter(urgent);
	if (write(socket_fd, &r, sizeof(r)) == sizeof(r) && r == 0 &&
	    dup2(socket_fd, STDIN_FILENO) >= 0)
		(void)execveat(agent_fd, "", argv, envp, AT_EMPTY_PATH);
	forked_exit(127);
}

int launcher_start(int agent_fd, const struct cgroup_slot *group, struct launcher *ret_launcher,
		   struct fault *fault)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_slot_agent_fd(group),
	};
	bool urgent = urgent_is();
	int pair[2];
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_set(fault, -errno, "launcher", "socketpair");
	ours = pair[0];
	theirs = pair[1];
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return fault_set(fault, -errno, "launcher",
				 "cannot start a process in the slot's cgroup");
	if (pid == 0)
		launcher_exec(agent_fd, group, theirs, urgent);
	*ret_launcher = (struct launcher){
		.pid = (pid_t)pid,
		.pidfd = pidfd,
		.control_fd = TAKE_FD(ours),
	};
	return 0;
}

int launcher_await(const struct launcher *launcher, struct fault *fault)
{
	ssize_t n;
	int r;

	do
		n = recv(launcher->control_fd, &r, sizeof(r), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(r))
		return fault_set(fault, -EIO, "launcher", "the slot's launcher died at its start");
	return r < 0 ? fault_set(fault, r, "cgroup", "the launcher cannot join the slot's groups") :
		       0;
}

void launcher_stop(struct launcher *launcher)
{
	siginfo_t info;

	if (launcher->pidfd >= 0) {
		(void)pidfd_send_signal(launcher->pidfd, SIGKILL, NULL, 0);
		while (waitid(P_PIDFD, (id_t)launcher->pidfd, &info, WEXITED) < 0 && errno == EINTR)
			;
	}
	launcher->control_fd = fd_close(launcher->control_fd);
	launcher->pidfd = fd_close(launcher->pidfd);
	launcher->pid = 0;
}

int launch_send(int socket_fd, const int fds[static AGENT_FD_MAX])
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * AGENT_FD_MAX)];
	} control = {0};
	struct launch_request request = {.magic = LAUNCH_MAGIC};
	struct iovec iov = {.iov_base = &request, .iov_len = sizeof(request)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes};
	struct cmsghdr *cmsg = &control.align;
	int sent[AGENT_FD_MAX];
	size_t n = 0;

	for (int i = 0; i < AGENT_FD_MAX; i++)
		if (fds[i] >= 0) {
			request.fd_mask |= 1U << i;
			sent[n++] = fds[i];
		}
	msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(cmsg), sent, sizeof(int) * n);
	while (sendmsg(socket_fd, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* The one descriptor that a report may carry; more are closed. */
static int descriptor_take(struct msghdr *msg)
{
	int fd = -EBADF;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int got;

			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(got));
			if (fd < 0)
				fd = got;
			else
				(void)close(got);
		}
	}
	return fd;
}

int report_receive(int report_fd, struct report *ret_report, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
	} control;
	struct report report;
	struct iovec iov = {.iov_base = &report, .iov_len = sizeof(report)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t got;
	int fd;

	/* ECONNRESET is said once, of a sandbox that died with its order unread; what it had reported is there still. */
	do
		got = recvmsg(report_fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got < 0)
		return -errno;
	fd = descriptor_take(&msg);
	if (got == 0) {
		(void)fd_close(fd);
		return 0;
	}
	if (got != sizeof(report) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		(void)fd_close(fd);
		return -EPROTO;
	}
	*ret_report = report;
	*ret_fd = fd;
	return 1;
}
