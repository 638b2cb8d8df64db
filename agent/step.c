/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step's process, from its birth in the step's cgroup to execve(2).
 *
 * Order: what needs authority in the host's user namespace first (cgroup namespace), then the user namespace, identity and
 * capabilities: what waits for the order has no privilege. Then limits, the directory, and the seccomp filter last. After the
 * filter only read, write, execve and exit are used: every profile allows those four (supervisor/policy asserts it).
 *
 * The memory is a copy of PID 1's, the descriptor table is PID 1's own up to execve: nothing here may close or replace
 * a descriptor that PID 1 still needs.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "lib/base/mem.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static int op_oom(struct sandbox *sandbox, const struct plan_op *op)
{
	char text[8] = {0};
	size_t n = 0;
	int fd, r;

	for (uint64_t v = MIN(op->arg[0], 1000U), div = 1000; div > 0; div /= 10)
		text[n++] = (char)('0' + v / div % 10);
	fd = openat(sandbox->proc_fd, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, n) == (ssize_t)n ? 0 : -errno;
	(void)close(fd);
	/* Nobody needs it any more. At PID 1's end the kernel would wait for its mount to go while everybody else waits for that end. */
	(void)close(sandbox->proc_fd);
	return r;
}

static int op_session(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	return setsid() < 0 ? -errno : 0;
}

/* A kernel without key management has nothing to inherit. */
static int op_keyring(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return -errno;
	return 0;
}

static int op_cgroup_ns(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

static int op_user(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	return setns(sandbox->fd[AGENT_FD_USER], CLONE_NEWUSER) < 0 ? -errno : 0;
}

static int op_rlimit(struct sandbox *sandbox _unused_, const struct plan_op *op)
{
	struct rlimit limit = {.rlim_cur = op->arg[1], .rlim_max = op->arg[1]};

	if (setrlimit((int)op->arg[0], &limit) == 0)
		return 0;
	/* No limit was wished, and the supervisor's caller has a hard one that we may not raise: as much as there is. */
	if (errno != EPERM || op->arg[1] != RLIM_INFINITY || getrlimit((int)op->arg[0], &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit((int)op->arg[0], &limit) < 0 ? -errno : 0;
}

/* The descriptor is PID 1's; it stays open until execve. */
static int op_order(struct sandbox *sandbox, const struct plan_op *op _unused_)
{
	struct go_message message;

	if (read(sandbox->sync_step, &message, sizeof(message)) != sizeof(message))
		return -EPIPE;
	return plan_view_map(message.plan_fd, &sandbox->plan);
}

/* Raw calls: libc's would signal threads that do not exist, through state copied from PID 1. */
static int op_ids(struct sandbox *sandbox _unused_, const struct plan_op *op)
{
	uid_t uid = (uid_t)op->arg[0];
	gid_t gid = (gid_t)op->arg[1];

	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, gid, gid, gid) < 0 ||
	    syscall(SYS_setresuid, uid, uid, uid) < 0)
		return -errno;
	return 0;
}

static int op_no_caps(struct sandbox *sandbox _unused_, const struct plan_op *op _unused_)
{
	return privilege_drop(true);
}

static int op_chdir(struct sandbox *sandbox, const struct plan_op *op)
{
	(void)umask(022);
	return chdir(plan_data(&sandbox->plan, op)) < 0 ? -errno : 0;
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
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	/* Kernels before 5.19 do not know the second flag. */
	if (r < 0 && errno == EINVAL && flags != 0)
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
	if (r < 0)
		return -errno;
	if (flags != 0)
		sandbox->listener_fd = (int)r;
	return 0;
}

static void message_send(const struct sandbox *sandbox, uint32_t failed_op, int error)
{
	const struct step_message message = {
		.failed_op = failed_op,
		.error = error,
		.listener_fd = sandbox->listener_fd,
	};
	ssize_t sent = write(sandbox->sync_step, &message, sizeof(message));

	(void)sent; /* PID 1 sees this process end in any case */
}

/* Says that all is ready, waits for PID 1's word, executes. Returns only on failure. */
static int op_exec(struct sandbox *sandbox, const struct plan_op *op)
{
	static const char *words[PLAN_STRINGS_MAX];
	const char *data = plan_data(&sandbox->plan, op);
	uint64_t argc = op->arg[0], envc = op->arg[1];
	const char **envp;
	char go;
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
	message_send(sandbox, 0, 0);
	if (read(sandbox->sync_step, &go, 1) != 1)
		return -EPIPE;
	(void)execve(words[0], (char *const *)words, (char *const *)envp);
	return -errno;
}

static int (*const step_ops[])(struct sandbox *, const struct plan_op *) = {
	[PLAN_STEP_OOM - PLAN_STEP_OOM] = op_oom,
	[PLAN_STEP_SESSION - PLAN_STEP_OOM] = op_session,
	[PLAN_STEP_KEYRING - PLAN_STEP_OOM] = op_keyring,
	[PLAN_STEP_CGROUP_NS - PLAN_STEP_OOM] = op_cgroup_ns,
	[PLAN_STEP_USER - PLAN_STEP_OOM] = op_user,
	[PLAN_STEP_IDS - PLAN_STEP_OOM] = op_ids,
	[PLAN_STEP_NO_CAPS - PLAN_STEP_OOM] = op_no_caps,
	[PLAN_STEP_ORDER - PLAN_STEP_OOM] = op_order,
	[PLAN_STEP_RLIMIT - PLAN_STEP_OOM] = op_rlimit,
	[PLAN_STEP_CHDIR - PLAN_STEP_OOM] = op_chdir,
	[PLAN_STEP_LANDLOCK - PLAN_STEP_OOM] = op_landlock,
	[PLAN_STEP_FILTER - PLAN_STEP_OOM] = op_filter,
	[PLAN_STEP_EXEC - PLAN_STEP_OOM] = op_exec,
};

static int step_op(struct sandbox *sandbox, const struct plan_op *op)
{
	if (op->kind < PLAN_STEP_OOM || op->kind - PLAN_STEP_OOM >= ARRAY_SIZE(step_ops))
		return -EPROTO;
	return step_ops[op->kind - PLAN_STEP_OOM](sandbox, op);
}

/* The PLAN_STEP_* operations of the plan at hand. Says what failed and returns false; true: another plan goes on. */
static bool ops_carry_out(struct sandbox *sandbox)
{
	const struct plan_view plan = sandbox->plan;

	for (uint32_t i = 0; i < plan.header->n_ops; i++) {
		const struct plan_op *op = &plan.ops[i];
		int r = op->kind < PLAN_STEP_OOM ? 0 : step_op(sandbox, op);

		if (r < 0) {
			message_send(sandbox, op->kind, r);
			return false;
		}
		if (op->kind == PLAN_STEP_ORDER)
			return true;
	}
	return false;
}

_Noreturn void sandbox_step(struct sandbox *sandbox)
{
	/* An order's plan ends with execve; one with a further order in it is none. */
	if (ops_carry_out(sandbox))
		(void)ops_carry_out(sandbox);
	_exit(127);
}
