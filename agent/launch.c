/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to PID 1 of a sandbox.
 *
 * The launcher first enters the mount namespace that holds nothing but the policy's tree, so that the copy which
 * CLONE_NEWNS makes is the sandbox's root already: no pivot_root, no old root to detach, no host path to hide.
 * All namespaces but the user namespace belong to the host's user namespace: nobody inside has authority over them,
 * whatever capability it might win in its own.
 *
 * Of the namespaces that a sandbox gets anew that of ipc takes the kernel longest, its end included. A sandbox whose filter lets no call of IPC through (the request
 * says so) is in the launcher's, which is made for the first of them and is in no use but this: nothing can ever be in it.
 *
 * PID 1 is born with the highest OOM score, and its step's process inherits it: a sandbox is the kernel's first choice. The launcher has that score
 * while it makes one. Set later, for one of two processes with one memory, it would make the kernel look at every process of the host.
 *
 * clone3 is called raw: it answers a pidfd, which libc's fork cannot. The child has a copy of the launcher's
 * memory but for its stack (memory.c): what it needs is static. libc state that fork handlers would mend is not used (one thread, no malloc).
 */

#include "agent/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/abi/launch.h"
#include "agent/call.h"
#include "agent/sandbox.h"
#include "lib/base/mem.h"
#include "lib/base/urgent.h"

#define LAUNCH_OOM_SCORE "1000" /* OOM_SCORE_ADJ_MAX */

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

/* What PID 1 begins with. Its stack must hold stage.c's levels of directories. */
static struct sandbox born;

enum { INIT_STACK_BYTES = 512 << 10 };

struct launcher {
	bool urgent;
	void *stack;	   /* PID 1's: never written here, so new for each */
	int oom_fd;	   /* its oom_score_adj */
	char oom_score[8]; /* what that is between two sandboxes: -1000 to 1000 */
	int self_fd;	   /* a pidfd */
	dev_t root_dev;	   /* the mount namespace that it is in, once it entered one */
	ino_t root_ino;
	bool ipc_own; /* its ipc namespace is not the host's any more */
};

/* Most sandboxes of a slot have the root of the one before. The launcher is in that, so nothing else has its number. */
static int root_enter(struct launcher *launcher, int root_fd)
{
	struct stat st;
	long r;

	if (fstat(root_fd, &st) < 0)
		return -errno;
	if (st.st_ino == launcher->root_ino && st.st_dev == launcher->root_dev)
		return 0;
	launcher->root_ino = 0;
	r = CALL(setns, root_fd, CLONE_NEWNS);
	if (r < 0)
		return (int)r;
	launcher->root_dev = st.st_dev;
	launcher->root_ino = st.st_ino;
	return 0;
}

/* The ipc namespace that PID 1 is born into: a new one (CLONE_NEWIPC) or the launcher's own (0), never the host's. Or -errno. */
static long ipc_choose(struct launcher *launcher)
{
	long r;

	if (!born.ipc_shared)
		return CLONE_NEWIPC;
	if (launcher->ipc_own)
		return 0;
	r = CALL(unshare, CLONE_NEWIPC);
	launcher->ipc_own = r == 0;
	return r;
}

static int oom_score_set(const struct launcher *launcher, const char *score)
{
	return (int)MIN(CALL(pwrite64, launcher->oom_fd, score, strlen(score), 0), 0L);
}

static void init_begin(void *argument _unused_)
{
	sandbox_init(&born);
}

static int sandbox_clone(struct launcher *launcher)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)launcher->stack,
		.stack_size = INIT_STACK_BYTES,
	};
	long ipc = ipc_choose(launcher), pid = MIN(ipc, 0L);

	if (pid == 0)
		pid = root_enter(launcher, born.fd[AGENT_FD_ROOT]);
	if (pid == 0)
		pid = oom_score_set(launcher, LAUNCH_OOM_SCORE);
	if (pid < 0)
		return (int)pid;
	args.flags |= (uint64_t)ipc;
	pid = call_clone3(&args, init_begin, NULL);
	(void)oom_score_set(launcher, launcher->oom_score);
	return pid < 0 ? (int)pid : pidfd;
}

static struct launcher launcher;

int launch_open(void)
{
	ssize_t n;

	launcher.urgent = urgent_is();
	launcher.oom_fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	if (launcher.oom_fd < 0)
		return -errno;
	n = read(launcher.oom_fd, launcher.oom_score, sizeof(launcher.oom_score) - 1);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	launcher.stack = launch_memory(INIT_STACK_BYTES);
	if (launcher.stack == NULL)
		return -ENOMEM;
	launcher.self_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return launcher.self_fd < 0 ? -errno : 0;
}

int launch_loop(int control_fd)
{
	int r;

	for (;;) {
		struct report report = {.kind = REPORT_LAUNCHED};

		born = (struct sandbox){
			.urgent = launcher.urgent,
			.launcher_pidfd = launcher.self_fd,
			.ready_fd = -EBADF,
			.go_fd = -EBADF,
			.listener_fd = -EBADF,
		};
		for (int i = 0; i < AGENT_FD_MAX; i++)
			born.fd[i] = -EBADF;
		r = request_receive(control_fd, required_fds, &born, NULL, NULL);
		if (r == -EPROTO)
			continue;
		if (r <= 0)
			return r;
		if (born.fd[AGENT_FD_LATE] >= 0)
			(void)CALL(close, born.fd[AGENT_FD_LATE]);
		born.fd[AGENT_FD_LATE] = -EBADF;
		r = sandbox_clone(&launcher);
		report.error = r < 0 ? r : 0;
		sandbox_report(&born, &report, r);
		/* The pidfd, and what the request brought. */
		(void)CALL(close_range, launcher.self_fd + 1, ~0U);
	}
}
