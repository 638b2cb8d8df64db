/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step's process, from its birth in the step's cgroup to execve(2).
 *
 * Order: what needs authority in the host's user namespace first (cgroup namespace), then the user namespace, identity and
 * capabilities. Then limits, the directory, Landlock, and the seccomp filter last: what waits for the order has no privilege and could do
 * nothing else any more. After the filter only read, write, execve and exit are used: every profile allows those four
 * (supervisor/policy asserts it).
 *
 * Memory and descriptor table are PID 1's own up to execve, which gives the program a memory of its own: copying PID 1's for that short
 * life, and clearing the copy away in the middle of execve, would cost more than all else here. So nothing here may close or replace a
 * descriptor that PID 1 still needs, or write anything but its own stack, its own struct sandbox and what is static in this file; and
 * it makes its calls itself (call.h), since libc's errno is PID 1's.
 */

#include <errno.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/resource.h>

#include "agent/call.h"
#include "agent/sandbox.h"
#include "lib/base/mem.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static int op_session(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	return (int)MIN(CALL(setsid), 0L);
}

/* A kernel without key management has nothing to inherit. */
static int op_keyring(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	long r = CALL(keyctl, KEYCTL_JOIN_SESSION_KEYRING);

	return r < 0 && r != -ENOSYS ? (int)r : 0;
}

static int op_cgroup_ns(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	return (int)CALL(unshare, CLONE_NEWCGROUP);
}

static int op_user(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	return (int)CALL(setns, sandbox->fd[AGENT_FD_USER], CLONE_NEWUSER);
}

static long limit_call(pid_t pid, uint64_t resource, const struct rlimit *new, struct rlimit *old)
{
	return CALL(prlimit64, pid, resource, new, old);
}

int limit_set(pid_t pid, const struct plan_op *op)
{
	struct rlimit limit = {.rlim_cur = op->arg[1], .rlim_max = op->arg[1]};
	long r = limit_call(pid, op->arg[0], &limit, NULL);

	/* No limit was wished, and the supervisor's caller has a hard one that we may not raise: as much as there is. */
	if (r != -EPERM || op->arg[1] != RLIM_INFINITY)
		return (int)r;
	r = limit_call(pid, op->arg[0], NULL, &limit);
	limit.rlim_cur = limit.rlim_max;
	return (int)(r < 0 ? r : limit_call(pid, op->arg[0], &limit, NULL));
}

static int op_rlimit(struct sandbox *sandbox _unused_, const struct plan_op *op)
{
	return limit_set(0, op);
}

static int op_ids(struct sandbox *sandbox _unused_, const struct plan_op *op)
{
	long uid = (uid_t)op->arg[0], gid = (gid_t)op->arg[1];
	long r = CALL(setgroups);

	if (r == 0)
		r = CALL(setresgid, gid, gid, gid);
	return (int)(r < 0 ? r : CALL(setresuid, uid, uid, uid));
}

static int op_no_caps(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	return privilege_drop(true);
}

static int op_chdir(struct sandbox *sandbox, const struct plan_op *op)
{
	(void)CALL(umask, 022);
	return (int)CALL(chdir, plan_data(&sandbox->plan, op));
}

static int op_landlock(struct sandbox *sandbox, const struct plan_op *op)
{
	return landlock_restrict(plan_data(&sandbox->plan, op), op->arg[0]);
}

static int op_filter(struct sandbox *sandbox, const struct plan_op *op)
{
	struct sock_fprog program = {
		.len = (unsigned short)(op->data_size / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)plan_data(&sandbox->plan, op),
	};
	/* Once the supervisor has a notification, only death ends the call: no signal makes it come back. */
	unsigned int flags = op->arg[0] != 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER |
						       SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV :
					       0;
	long r;

	if (op->data_size == 0 || op->data_size % sizeof(struct sock_filter) != 0 ||
	    op->data_size / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return -EPROTO;
	r = CALL(seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	/* Kernels before 5.19 do not know the second flag. */
	if (r == -EINVAL && flags != 0)
		r = CALL(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			 &program);
	if (r < 0)
		return (int)r;
	if (flags != 0)
		sandbox->listener_fd = (int)r;
	return 0;
}

static void ready_say(const struct sandbox *sandbox, uint32_t failed_op, int error)
{
	static const uint64_t one = 1;
	struct step_exchange *exchange = sandbox->exchange;

	exchange->failed_op = failed_op;
	exchange->error = error;
	exchange->listener_fd = sandbox->listener_fd;
	/* PID 1 sees this process end in any case. */
	(void)CALL(write, sandbox->ready_fd, &one, sizeof(one));
}

/* Says that all is in place, waits for the word. The order's plan is where PID 1 has mapped it. */
static int op_order(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	uint64_t go;

	ready_say(sandbox, 0, 0);
	if (CALL(read, sandbox->go_fd, &go, sizeof(go)) != sizeof(go))
		return -EPIPE;
	sandbox->plan = sandbox->exchange->plan;
	return 0;
}

/* Returns only on failure. */
static int op_exec(struct sandbox *sandbox, const struct plan_op *op)
{
	static const char *words[PLAN_STRINGS_MAX];
	const char *data = plan_data(&sandbox->plan, op);
	uint64_t argc = op->arg[0], envc = op->arg[1];
	const char **envp;
	long used;

	if (argc == 0 || argc >= PLAN_STRINGS_MAX || envc >= PLAN_STRINGS_MAX - argc - 1)
		return -EPROTO;
	used = plan_words(data, op->data_size, argc, words, PLAN_STRINGS_MAX);
	if (used < 0)
		return -EPROTO;
	envp = words + argc + 1;
	if (plan_words(data + used, op->data_size - (size_t)used, envc, envp,
		       PLAN_STRINGS_MAX - argc - 1) < 0)
		return -EPROTO;
	return (int)CALL(execve, words[0], words, envp);
}

static int (*const step_ops[])(struct sandbox *, const struct plan_op *) = {
	[PLAN_STEP_SESSION - PLAN_STEP_SESSION] = op_session,
	[PLAN_STEP_KEYRING - PLAN_STEP_SESSION] = op_keyring,
	[PLAN_STEP_CGROUP_NS - PLAN_STEP_SESSION] = op_cgroup_ns,
	[PLAN_STEP_USER - PLAN_STEP_SESSION] = op_user,
	[PLAN_STEP_IDS - PLAN_STEP_SESSION] = op_ids,
	[PLAN_STEP_NO_CAPS - PLAN_STEP_SESSION] = op_no_caps,
	[PLAN_STEP_ORDER - PLAN_STEP_SESSION] = op_order,
	[PLAN_STEP_RLIMIT - PLAN_STEP_SESSION] = op_rlimit,
	[PLAN_STEP_CHDIR - PLAN_STEP_SESSION] = op_chdir,
	[PLAN_STEP_LANDLOCK - PLAN_STEP_SESSION] = op_landlock,
	[PLAN_STEP_FILTER - PLAN_STEP_SESSION] = op_filter,
	[PLAN_STEP_EXEC - PLAN_STEP_SESSION] = op_exec,
};

static int step_op(struct sandbox *sandbox, const struct plan_op *op)
{
	if (op->kind < PLAN_STEP_SESSION || op->kind - PLAN_STEP_SESSION >= ARRAY_SIZE(step_ops))
		return -EPROTO;
	return step_ops[op->kind - PLAN_STEP_SESSION](sandbox, op);
}

/* The PLAN_STEP_* operations of the plan at hand. Says what failed and returns false; true: another plan goes on. */
static bool ops_carry_out(struct sandbox *sandbox)
{
	const struct plan_view plan = sandbox->plan;

	for (uint32_t i = 0; i < plan.header->n_ops; i++) {
		const struct plan_op *op = &plan.ops[i];
		int r = op->kind < PLAN_STEP_SESSION ? 0 : step_op(sandbox, op);

		if (r < 0) {
			ready_say(sandbox, op->kind, r);
			return false;
		}
		if (op->kind == PLAN_STEP_ORDER)
			return true;
	}
	return false;
}

void sandbox_step(void *argument)
{
	struct sandbox *sandbox = argument;

	/* An order's plan ends with execve; one with a further order in it is none. */
	if (ops_carry_out(sandbox))
		(void)ops_carry_out(sandbox);
	(void)CALL(exit_group, 127);
}
