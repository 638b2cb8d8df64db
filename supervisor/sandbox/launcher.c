/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's side of a launcher. The launcher is executed once per slot; from then on a sandbox costs one sendmsg here and one
 * clone3 there. It is born in the slot's agent/ group and gets the control socket as its standard input. Until it is executed it borrows the
 * supervisor's memory (lib/base/vforked.h): a copy of that costs more than all the rest. It moves itself into the v1 groups when it has made the slot's user
 * namespace: kernels with budgets for urgent groups let nobody urgent into one of v1, so that up to there it is not behind its starter's helpers.
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
#include "lib/base/vforked.h"

enum { AGENT_BYTES_MAX = 16 << 20, READY_MSEC = 10000, NUMBER_BYTES = 12 };

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

/* What the child needs, made by its parent: it may not allocate. */
struct birth {
	int agent_fd, socket_fd, n_joins;
	int join_fd[CGROUP_JOIN_MAX];
	char base[NUMBER_BYTES]; /* of the slot's ids, or "0" */
	char join[CGROUP_JOIN_MAX][NUMBER_BYTES];
};

/* In the child: becomes the launcher, or says over its socket why not. */
static void launcher_exec(void *argument)
{
	const struct birth *birth = argument;
	const char *argv[4 + CGROUP_JOIN_MAX] = {"assay-agent", "launcher", birth->base};
	char *const envp[] = {NULL};
	struct report report = {.kind = REPORT_READY, .op = LAUNCH_EXEC};

	for (int i = 0; i < birth->n_joins; i++) {
		argv[3 + i] = birth->join[i];
		(void)fcntl(birth->join_fd[i], F_SETFD, 0);
	}
	if (dup2(birth->socket_fd, STDIN_FILENO) >= 0)
		(void)execveat(birth->agent_fd, "", (char *const *)(uintptr_t)argv, envp,
			       AT_EMPTY_PATH);
	report.error = -errno;
	(void)!write(birth->socket_fd, &report, sizeof(report));
	forked_exit(127);
}

static void joins_close(struct birth *birth)
{
	while (birth->n_joins > 0)
		(void)close(birth->join_fd[--birth->n_joins]);
}

/* The descriptors by which it joins its groups, with numbers that it does not use for anything else. 0 or -errno. */
static int joins_open(struct birth *birth, const struct cgroup_slot *group)
{
	int n = cgroup_slot_join_open(group, birth->join_fd);

	if (n < 0)
		return n;
	birth->n_joins = n;
	for (int i = 0; i < n; i++) {
		int *fd = &birth->join_fd[i];

		if (*fd <= AGENT_CONTROL_FD) {
			int high = fcntl(*fd, F_DUPFD_CLOEXEC, AGENT_CONTROL_FD + 1);

			if (high < 0)
				return -errno;
			(void)close(*fd);
			*fd = high;
		}
		(void)snprintf(birth->join[i], sizeof(birth->join[i]), "%d", *fd);
	}
	return 0;
}

/* As urgent as who waits for it, up to the groups of v1 (abi/launch.h). Returns its pid or -errno. */
static int launcher_fork(const struct cgroup_slot *group, struct birth *birth, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_slot_agent_fd(group),
	};
	enum urgency urgency = urgency_get();
	int pid;

	if (urgency != URGENT_NOT)
		urgent_hand_on(urgency);
	pid = vforked_start(&args, launcher_exec, birth);
	if (urgency != URGENT_NOT)
		urgent_enter(urgency);
	return pid;
}

int launcher_start(int agent_fd, const struct cgroup_slot *group, uid_t user_base,
		   struct launcher *ret_launcher, struct fault *fault)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	_cleanup_(joins_close) struct birth birth = {.agent_fd = agent_fd};
	int pidfd = -EBADF, pair[2], pid, r = joins_open(&birth, group);

	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot open the slot's groups");
	(void)snprintf(birth.base, sizeof(birth.base), "%u", user_base);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_set(fault, -errno, "launcher", "socketpair");
	ours = pair[0];
	theirs = pair[1];
	birth.socket_fd = theirs;
	pid = launcher_fork(group, &birth, &pidfd);
	if (pid < 0)
		return fault_set(fault, pid, "launcher",
				 "cannot start a process in the slot's cgroup");
	*ret_launcher = (struct launcher){
		.pid = pid,
		.pidfd = pidfd,
		.control_fd = TAKE_FD(ours),
	};
	return 0;
}

static int start_refused(const struct report *report, struct fault *fault)
{
	switch (report->op) {
	case LAUNCH_EXEC:
		return fault_set(fault, report->error, "launcher", "cannot execute the agent");
	case LAUNCH_USER_MAKE:
		return fault_set(fault, report->error, "user-namespace",
				 "cannot make a user namespace (see user.max_user_namespaces)");
	case LAUNCH_USER_FORBID:
		return fault_set(fault, report->error, "user-namespace",
				 "cannot forbid further ones in it");
	case LAUNCH_USER_MAP:
		return fault_set(fault, report->error, "user-namespace", "cannot map its ids");
	case LAUNCH_JOIN:
		return fault_set(fault, report->error, "cgroup",
				 "the launcher cannot join the slot's groups");
	case LAUNCH_OPEN:
		return fault_set(fault, report->error, "launcher",
				 "the launcher cannot open what it needs");
	default:
		return fault_set(fault, report->error, "launcher",
				 "the slot's launcher says what none says");
	}
}

int launcher_ready(const struct launcher *launcher, int *ret_user_fd, struct fault *fault)
{
	struct report report = {0};
	int fd = -EBADF, r;

	if (!fd_readable_within(launcher->control_fd, READY_MSEC))
		return fault_say(fault, -ETIMEDOUT, "launcher",
				 "the slot's launcher takes too long to be ready");
	r = report_receive(launcher->control_fd, &report, &fd);
	if (r < 0)
		return fault_set(fault, r, "launcher",
				 "cannot receive what the slot's launcher says");
	if (r == 0)
		return fault_set(fault, -EIO, "launcher", "the slot's launcher died at its start");
	if (report.kind != REPORT_READY || (report.error == 0 && ret_user_fd != NULL && fd < 0))
		report = (struct report){.error = -EPROTO};
	if (report.error == 0 && ret_user_fd != NULL)
		*ret_user_fd = TAKE_FD(fd);
	(void)fd_close(fd);
	return report.error == 0 ? 0 : start_refused(&report, fault);
}

bool launcher_alive(const struct launcher *launcher, int report_fd)
{
	/* Who dies closes sockets long before a pidfd says that it is dead: for that nothing need be asked. */
	struct pollfd pfds[] = {
		{.fd = launcher->pidfd, .events = POLLIN},
		{.fd = launcher->control_fd},
		{.fd = report_fd},
	};

	return launcher->pidfd >= 0 && !launcher->killed && fd_poll_now(pfds, ARRAY_SIZE(pfds)) == 0;
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

int launch_send(int socket_fd, uint32_t flags, const int fds[static AGENT_FD_MAX], const void *plan,
		size_t plan_size)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * AGENT_FD_MAX)];
	} control = {0};
	struct launch_request request = {.magic = LAUNCH_MAGIC, .flags = flags};
	struct iovec iov[] = {{.iov_base = &request, .iov_len = sizeof(request)},
			      {.iov_base = (void *)plan, .iov_len = plan_size}};
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = ARRAY_SIZE(iov), .msg_control = control.bytes};
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

/* Room for what one message brings, and for more descriptors than any should. */
union report_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * 4)];
};

/* As struct report_got has it. *ret_fd: the descriptor, the caller's only when it is a report. */
static int message_check(struct mmsghdr *message, int *ret_fd)
{
	int fd = descriptor_take(&message->msg_hdr);
	bool lost = (message->msg_hdr.msg_flags & MSG_CTRUNC) != 0 && fd < 0;

	*ret_fd = fd;
	if (message->msg_len == sizeof(struct report) &&
	    (message->msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return 1;
	*ret_fd = fd_close(fd);
	if (message->msg_len == 0)
		return 0;
	/* There was room for more than one, but none could be received. */
	return lost ? -EMFILE : -EPROTO;
}

int reports_receive(int report_fd, struct report_got got[], unsigned max)
{
	union report_control control[REPORTS_MAX];
	struct mmsghdr messages[REPORTS_MAX] = {0};
	struct iovec iov[REPORTS_MAX];
	int n;

	max = MIN(max, (unsigned)REPORTS_MAX);
	for (unsigned i = 0; i < max; i++) {
		iov[i] = (struct iovec){&got[i].report, sizeof(got[i].report)};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i],
						      .msg_iovlen = 1,
						      .msg_control = control[i].bytes,
						      .msg_controllen = sizeof(control[i].bytes)};
	}
	/* ECONNRESET is said once, of a sandbox that died with its order unread; what it had reported is there still. */
	do
		n = recvmmsg(report_fd, messages, max, MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		got[i].r = message_check(&messages[i], &got[i].fd);
	return n;
}

int report_receive(int report_fd, struct report *ret_report, int *ret_fd)
{
	struct report_got got;
	int n = reports_receive(report_fd, &got, 1);

	if (n < 0)
		return n;
	if (got.r <= 0)
		return got.r;
	*ret_report = got.report;
	*ret_fd = got.fd;
	return 1;
}
