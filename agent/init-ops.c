/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PLAN_INIT_* operations, one function each, found through a table.
 *
 * What is mounted here is mounted in a mount namespace that the host's user namespace owns: the program inside could not
 * change it even with every capability of its own user namespace.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/call.h"
#include "agent/kernel.h"
#include "agent/sandbox.h"
#include "lib/base/mem.h"
#include "lib/base/urgent.h"

enum { LIMIT_TRIES = 100, STEP_STACK_BYTES = 16 << 10 };

static int op_streams(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	return dup2(sandbox->fd[AGENT_FD_STDOUT], STDOUT_FILENO) < 0 ||
			       dup2(sandbox->fd[AGENT_FD_STDERR], STDERR_FILENO) < 0 ?
		       -errno :
		       0;
}

static int op_stdio(struct sandbox *sandbox, const struct plan_op *op)
{
	enum { FIRST_EXTRA = STDERR_FILENO + 1 };

	if (op->arg[0] < FIRST_EXTRA || op->arg[0] > FIRST_EXTRA + 2)
		return -EPROTO;
	if (dup2(sandbox->fd[AGENT_FD_STDIN], STDIN_FILENO) < 0)
		return -errno;
	for (int i = FIRST_EXTRA; i < (int)op->arg[0]; i++)
		if (dup2(sandbox->fd[AGENT_FD_EXTRA3 + i - FIRST_EXTRA], i) < 0)
			return -errno;
	/*
	 * The other places below received descriptors are not wanted any more.
	 */
	return close_range((unsigned int)op->arg[0], AGENT_CONTROL_FD - 1, 0) < 0 ? -errno : 0;
}

static int op_hostname(struct sandbox *sandbox, const struct plan_op *op)
{
	return sethostname(plan_data(&sandbox->plan, op), op->data_size - 1) < 0 ? -errno : 0;
}

static int op_net(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	return setns(sandbox->fd[AGENT_FD_NET], CLONE_NEWNET) < 0 ? -errno : 0;
}

static int proc_mount_open(void)
{
	int context = fsopen("proc", FSOPEN_CLOEXEC);
	int fd, saved;

	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "hidepid", "invisible", 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fd = -1;
	else
		fd = fsmount(context, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	saved = errno;
	(void)close(context);
	return fd < 0 ? -saved : fd;
}

/*
 * The kernel gives all processes with one memory the same oom_score_adj: PID 1, whose memory the step's process still has, gets it too.
 * Nothing is lost by that: when the kernel has to kill one of them, the step is over.
 */
static int oom_score_adj_write(int proc_fd, pid_t pid, uint64_t value)
{
	char name[48], text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	int fd, r;

	(void)snprintf(name, sizeof(name), "%d/oom_score_adj", pid);
	fd = openat(proc_fd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, (size_t)n) == n ? 0 : -errno;
	(void)close(fd);
	return r;
}

/* The program's /proc is read-only: what has to be written there is written before it is so. */
static int op_proc(struct sandbox *sandbox, const struct plan_op *op)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
	int fd = proc_mount_open(), r;

	if (fd < 0)
		return fd;
	r = oom_score_adj_write(fd, sandbox->step_pid, op->arg[0]);
	if (r == 0 && (mount_setattr(fd, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) < 0 ||
		       move_mount(fd, "", AT_FDCWD, plan_data(&sandbox->plan, op),
				  MOVE_MOUNT_F_EMPTY_PATH) < 0))
		r = -errno;
	(void)close(fd);
	return r;
}

static int op_scratch(struct sandbox *sandbox, const struct plan_op *op)
{
	return move_mount(sandbox->fd[AGENT_FD_SCRATCH], "", AT_FDCWD,
			  plan_data(&sandbox->plan, op), MOVE_MOUNT_F_EMPTY_PATH) < 0 ?
		       -errno :
		       0;
}

/*
 * Its memory is PID 1's until execve, its stack and its struct sandbox are these. One step a process: PID 1 is a process of its own in
 * every sandbox.
 */
static struct {
	_Alignas(16) char stack[STEP_STACK_BYTES];
	struct sandbox sandbox;
} step;

static int op_spawn(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	const struct report report = {.kind = REPORT_SPAWNED};
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)step.stack,
		.stack_size = sizeof(step.stack),
		.cgroup = (uint64_t)sandbox->fd[AGENT_FD_CGROUP],
	};
	int sync[2];
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) < 0)
		return -errno;
	sandbox->sync_init = sync[0];
	sandbox->sync_step = sync[1];
	step.sandbox = *sandbox;
	pid = call_clone3(&args, sandbox_step, &step.sandbox);
	if (pid < 0)
		return (int)pid;
	sandbox->step_pid = (pid_t)pid;
	sandbox->step_pidfd = pidfd;
	sandbox_report(sandbox, &report, pidfd);
	return 0;
}

static int op_user(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	if (setns(sandbox->fd[AGENT_FD_USER], CLONE_NEWUSER) < 0 ||
	    syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static int op_stage(struct sandbox *sandbox, const struct plan_op *op)
{
	return stage_copy(sandbox->fd[AGENT_FD_STAGE], plan_data(&sandbox->plan, op),
			  (uid_t)op->arg[0], (gid_t)op->arg[1]);
}

static int number_write(int fd, uint64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

	return pwrite(fd, text, (size_t)n, 0) == n ? 0 : -errno;
}

/*
 * A group whose charge is over a new limit refuses it with EBUSY. Mounts of the step before may be on their way to
 * go, with all that was in them: that takes milliseconds.
 */
static int limit_write(int fd, uint64_t value)
{
	int r = number_write(fd, value);

	for (int i = 0; i < LIMIT_TRIES && r == -EBUSY; i++) {
		(void)poll(NULL, 0, 2);
		r = number_write(fd, value);
	}
	return r;
}

/*
 * On a v1 hierarchy the launcher, PID 1 and what earlier steps left share the slot's memory group with the step. What is charged
 * now is not the step's: its peak is counted from here. The limit is the supervisor's, who knows what of all that cannot be
 * reclaimed; page cache and the like go when the step wants its room. memsw is unlimited still, and must not be below the limit.
 */
static int op_baseline(struct sandbox *sandbox, const struct plan_op *op)
{
	char text[24] = {0};
	int r;

	if (pread(sandbox->fd[AGENT_FD_MEMORY_USAGE], text, sizeof(text) - 1, 0) <= 0)
		return -errno;
	sandbox->baseline_bytes = strtoull(text, NULL, 10);
	r = limit_write(sandbox->fd[AGENT_FD_MEMORY_LIMIT], op->arg[0]);
	if (r == 0 && sandbox->fd[AGENT_FD_MEMSW_LIMIT] >= 0)
		r = limit_write(sandbox->fd[AGENT_FD_MEMSW_LIMIT], op->arg[0]);
	if (r < 0)
		return r;
	return number_write(sandbox->fd[AGENT_FD_MEMORY_PEAK], 0);
}

/* The step's process made its last call that is not allowed to it: what depends on the order is set from here. */
static int op_rlimit(struct sandbox *sandbox, const struct plan_op *op)
{
	struct rlimit64 limit = {.rlim_cur = op->arg[1], .rlim_max = op->arg[1]};

	if (syscall(SYS_prlimit64, sandbox->step_pid, op->arg[0], &limit, NULL) == 0)
		return 0;
	/* No limit was wished, and the supervisor's caller has a hard one that we may not raise: as much as there is. */
	if (errno != EPERM || op->arg[1] != RLIM_INFINITY ||
	    syscall(SYS_prlimit64, sandbox->step_pid, op->arg[0], NULL, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	return syscall(SYS_prlimit64, sandbox->step_pid, op->arg[0], &limit, NULL) < 0 ? -errno : 0;
}

static int op_drop(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	int r;

	urgent_enter(false);
	if (urgent_is())
		return -EPERM;
	r = privilege_drop(false); /* it executes nothing: the bounding set is for those who do */
	if (r < 0)
		return r;
	/* After the change of credentials, which clears both. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static int (*const init_ops[])(struct sandbox *, const struct plan_op *) = {
	[PLAN_INIT_HOSTNAME] = op_hostname,
	[PLAN_INIT_NET] = op_net,
	[PLAN_INIT_SCRATCH] = op_scratch,
	[PLAN_INIT_STREAMS] = op_streams,
	[PLAN_INIT_SPAWN] = op_spawn,
	[PLAN_INIT_PROC] = op_proc,
	[PLAN_INIT_STDIO] = op_stdio,
	[PLAN_INIT_USER] = op_user,
	[PLAN_INIT_STAGE] = op_stage,
	[PLAN_INIT_BASELINE] = op_baseline,
	[PLAN_INIT_RLIMIT] = op_rlimit,
	[PLAN_INIT_DROP] = op_drop,
};

int init_op(struct sandbox *sandbox, const struct plan_op *op)
{
	if (op->kind >= ARRAY_SIZE(init_ops) || init_ops[op->kind] == NULL)
		return -EPROTO;
	return init_ops[op->kind](sandbox, op);
}
