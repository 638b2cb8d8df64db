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
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
	long r = CALL(dup3, sandbox->fd[AGENT_FD_STDOUT], STDOUT_FILENO);

	if (r >= 0)
		r = CALL(dup3, sandbox->fd[AGENT_FD_STDERR], STDERR_FILENO);
	return (int)MIN(r, 0L);
}

static int op_stdio(struct sandbox *sandbox, const struct plan_op *op)
{
	enum { FIRST_EXTRA = STDERR_FILENO + 1 };

	long r;

	if (op->arg[0] < FIRST_EXTRA || op->arg[0] > FIRST_EXTRA + 2)
		return -EPROTO;
	r = CALL(dup3, sandbox->fd[AGENT_FD_STDIN], STDIN_FILENO);
	for (int i = FIRST_EXTRA; r >= 0 && i < (int)op->arg[0]; i++)
		r = CALL(dup3, sandbox->fd[AGENT_FD_EXTRA3 + i - FIRST_EXTRA], i);
	/* The other places below received descriptors are not wanted any more. */
	return (int)(r < 0 ? r : CALL(close_range, op->arg[0], AGENT_CONTROL_FD - 1));
}

static int op_hostname(struct sandbox *sandbox, const struct plan_op *op)
{
	return (int)CALL(sethostname, plan_data(&sandbox->plan, op), op->data_size - 1);
}

static int op_net(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	return (int)CALL(setns, sandbox->fd[AGENT_FD_NET], CLONE_NEWNET);
}

enum { NUMBER_BYTES = 24 }; /* UINT64_MAX has 20 digits */

/* Writes it in decimal, with a NUL; returns how many digits. */
static size_t number_print(uint64_t value, char text[static NUMBER_BYTES])
{
	size_t n = 1;

	for (uint64_t rest = value / 10; rest > 0; rest /= 10)
		n++;
	text[n] = '\0';
	for (size_t i = n; i > 0; value /= 10)
		text[--i] = (char)('0' + value % 10);
	return n;
}

/* What the digits at the start of it say. */
static uint64_t number_read(const char *text)
{
	uint64_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

/* At the start of the file, in one write. 0 or -errno. */
static int number_write(int fd, uint64_t value)
{
	char text[NUMBER_BYTES];
	size_t n = number_print(value, text);
	long r = CALL(pwrite64, fd, text, n, 0);

	return r < 0 ? (int)r : r == (long)n ? 0 : -EIO;
}

/*
 * In one call: a mount made by fsopen(2), fsmount(2) and move_mount(2) has a descriptor and two mount namespaces more, to be made
 * and taken down.
 */
static int op_proc(struct sandbox *sandbox, const struct plan_op *op)
{
	const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	return (int)CALL(mount, "proc", plan_data(&sandbox->plan, op), "proc", flags,
			 "subset=pid,hidepid=invisible");
}

static int op_scratch(struct sandbox *sandbox, const struct plan_op *op)
{
	return (int)CALL(move_mount, sandbox->fd[AGENT_FD_SCRATCH], "", AT_FDCWD,
			 plan_data(&sandbox->plan, op), MOVE_MOUNT_F_EMPTY_PATH);
}

/*
 * Its memory is PID 1's until execve, its stack and its struct sandbox are these. One step a process: PID 1 is a process of its own in
 * every sandbox.
 */
static struct {
	_Alignas(16) char stack[STEP_STACK_BYTES];
	struct sandbox sandbox;
	struct step_exchange exchange;
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
	long pid;

	sandbox->ready_fd = (int)CALL(eventfd2, 0, EFD_CLOEXEC);
	sandbox->go_fd = (int)CALL(eventfd2, 0, EFD_CLOEXEC);
	if (sandbox->ready_fd < 0 || sandbox->go_fd < 0)
		return MIN(sandbox->ready_fd, sandbox->go_fd);
	sandbox->exchange = &step.exchange;
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
	long r = CALL(setns, sandbox->fd[AGENT_FD_USER], CLONE_NEWUSER);

	if (r == 0)
		r = CALL(setgroups);
	if (r == 0)
		r = CALL(setresgid);
	return (int)(r < 0 ? r : CALL(setresuid));
}

static int op_stage(struct sandbox *sandbox, const struct plan_op *op)
{
	return stage_copy(sandbox->fd[AGENT_FD_STAGE], plan_data(&sandbox->plan, op),
			  (uid_t)op->arg[0], (gid_t)op->arg[1]);
}

/*
 * A group whose charge is over a new limit refuses it with EBUSY. Mounts of the step before may be on their way to
 * go, with all that was in them: that takes milliseconds.
 */
static int limit_write(int fd, uint64_t value)
{
	int r = number_write(fd, value);

	for (int i = 0; i < LIMIT_TRIES && r == -EBUSY; i++) {
		struct timespec pause = {
			.tv_nsec = 2000000}; /* the kernel writes what is left of it */

		(void)CALL(ppoll, NULL, 0, &pause);
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
	char text[NUMBER_BYTES] = {0};
	int r = (int)CALL(pread64, sandbox->fd[AGENT_FD_MEMORY_USAGE], text, sizeof(text) - 1, 0);

	if (r <= 0)
		return r < 0 ? r : -EIO;
	sandbox->baseline_bytes = number_read(text);
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
	return limit_set(sandbox->step_pid, op);
}

static int op_drop(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	const struct sched_param param = {0};
	long r;

	/* From here on it is as ordinary as what it forked; no launcher that is ordinary made it anything else. */
	if (sandbox->urgent)
		(void)CALL(sched_setscheduler, 0, SCHED_OTHER | SCHED_RESET_ON_FORK, &param);
	if ((CALL(sched_getscheduler, 0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO)
		return -EPERM;
	r = privilege_drop(false); /* it executes nothing: the bounding set is for those who do */
	/* After the change of credentials, which clears both. */
	if (r == 0)
		r = CALL(prctl, PR_SET_DUMPABLE, 0);
	return (int)(r < 0 ? r : CALL(prctl, PR_SET_PDEATHSIG, SIGKILL));
}

static int (*const init_ops[])(struct sandbox *, const struct plan_op *) = {
	[PLAN_INIT_HOSTNAME] = op_hostname, [PLAN_INIT_NET] = op_net,
	[PLAN_INIT_SCRATCH] = op_scratch,   [PLAN_INIT_STREAMS] = op_streams,
	[PLAN_INIT_SPAWN] = op_spawn,	    [PLAN_INIT_PROC] = op_proc,
	[PLAN_INIT_STDIO] = op_stdio,	    [PLAN_INIT_USER] = op_user,
	[PLAN_INIT_STAGE] = op_stage,	    [PLAN_INIT_BASELINE] = op_baseline,
	[PLAN_INIT_RLIMIT] = op_rlimit,	    [PLAN_INIT_DROP] = op_drop,
};

int init_op(struct sandbox *sandbox, const struct plan_op *op)
{
	if (op->kind >= ARRAY_SIZE(init_ops) || init_ops[op->kind] == NULL)
		return -EPROTO;
	return init_ops[op->kind](sandbox, op);
}
