/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PID 1 of a sandbox: carries out the PLAN_INIT_* operations of two plans, then waits. Between the two it waits for the order, perhaps
 * for hours: the sandbox is made ahead of its step.
 *
 * Order is the security argument. The step's process is forked while PID 1 still has the supervisor's privilege,
 * because only that may place it in the step's cgroup; it then prepares itself in parallel and waits, under its filter. With the order PID 1
 * enters the user namespace, copies the staged files and sets limits with nothing but that namespace's authority, drops
 * everything, and only then releases the step. So when the first foreign instruction runs, no process in the sandbox holds any privilege.
 *
 * Memory and descriptor table are shared with the step's process up to its execve (CLONE_VM, CLONE_FILES): there is nothing to copy and to
 * clear away, and the seccomp listener, made after the filter has closed sendmsg(2) for that process, is PID 1's to hand over.
 *
 * PID 1 reports the end of the step's main process and exits; the kernel then kills and reaps everything else in the
 * pid namespace before PID 1's pidfd becomes readable. Until then it reaps orphans.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/call.h"
#include "agent/sandbox.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/urgent.h"

_Noreturn static void init_exit(int status)
{
	for (;;)
		(void)CALL(exit_group, status);
}

/* As poll(2), until something is there. */
static void wait_for(struct pollfd *pfds, size_t n)
{
	while (CALL(ppoll, pfds, n) == -EINTR)
		;
}

/* Whether a descriptor says one of `events` now; POLLHUP and POLLERR are always asked for. */
static bool polls(int fd, short events)
{
	static const struct timespec now = {0};
	struct pollfd pfd = {.fd = fd, .events = events};

	return CALL(ppoll, &pfd, 1, &now) > 0;
}

_Noreturn static void init_fail(const struct sandbox *sandbox, uint32_t op, int error)
{
	const struct report report = {.kind = REPORT_FAILED, .op = op, .error = error};

	sandbox_report(sandbox, &report, -EBADF);
	init_exit(1);
}

/* Its death is this process's from now on; it may have come before that. getppid() is 0 in a new pid namespace and cannot tell. */
static bool launcher_gone(const struct sandbox *sandbox)
{
	return polls(sandbox->launcher_pidfd, POLLIN);
}

/* The supervisor may have died before the parent-death signal was armed. Its descriptors may be held a moment longer, by a child that it was in the middle of making. */
static bool supervisor_gone(const struct sandbox *sandbox)
{
	return polls(sandbox->fd[AGENT_FD_REPORT], 0);
}

/* Ends the sandbox when its step's process said that something failed; that may be execve itself. */
static void step_check(const struct sandbox *sandbox)
{
	const struct step_exchange *exchange = sandbox->exchange;

	if (exchange->failed_op != 0)
		init_fail(sandbox, exchange->failed_op, exchange->error);
}

/* PLAN_INIT_AWAIT: waits until the step's process has all in place. It may die without a word (the kernel killed it for memory). */
static void step_await_ready(struct sandbox *sandbox)
{
	struct pollfd pfds[] = {
		{.fd = sandbox->ready_fd, .events = POLLIN},
		{.fd = sandbox->step_pidfd, .events = POLLIN},
	};

	wait_for(pfds, ARRAY_SIZE(pfds));
	if (pfds[0].revents == 0)
		init_fail(sandbox, PLAN_INIT_AWAIT, -ECHILD);
	step_check(sandbox);
	sandbox->listener_fd = sandbox->exchange->listener_fd;
}

/*
 * PLAN_INIT_ORDER. The other end is the supervisor's alone: it closes it when the sandbox is not wanted. A step's process that was
 * killed meanwhile (for memory), or failed, is not waited for.
 */
static void order_await(struct sandbox *sandbox)
{
	struct pollfd pfds[] = {
		{.fd = sandbox->fd[AGENT_FD_REPORT], .events = POLLIN},
		{.fd = sandbox->step_pidfd, .events = POLLIN},
	};
	static _Alignas(8) char plan[ORDER_PLAN_BYTES];
	size_t size = sizeof(plan);
	int r;

	(void)CALL(close, sandbox->fd[AGENT_FD_PLAN]);
	sandbox->fd[AGENT_FD_PLAN] = -EBADF;
	wait_for(pfds, ARRAY_SIZE(pfds));
	if (pfds[1].revents != 0) {
		step_check(sandbox);
		init_fail(sandbox, PLAN_INIT_AWAIT, -ECHILD);
	}
	if (request_receive(pfds[0].fd, 1U << AGENT_FD_STDIN, sandbox, plan, &size) <= 0)
		init_exit(1);
	r = size > 0 ? plan_view_parse(plan, size, &sandbox->plan) :
		       plan_view_map(sandbox->fd[AGENT_FD_PLAN], &sandbox->plan);
	if (r < 0)
		init_fail(sandbox, PLAN_INIT_ORDER, r);
}

/* libc's clock reads the kernel's page of times, and a new process would take 6 us to get that page. */
static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts = {0};

	(void)CALL(clock_gettime, clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* What preparing itself cost the step's process, which waits to be released: not the program's doing. */
static uint64_t step_prepared_ns(const struct sandbox *sandbox)
{
	/* CPU time of a process: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED), include/linux/posix-timers.h. */
	return now_ns(~sandbox->step_pid << 3 | 2);
}

/* PLAN_INIT_RELEASE, when the supervisor says when: all that is left is between it and the step's process. */
static void step_hold(const struct sandbox *sandbox)
{
	const struct report held = {.kind = REPORT_HELD};

	sandbox_report(sandbox, &held, sandbox->go_fd);
}

static void step_go(const struct sandbox *sandbox)
{
	static const uint64_t go = 1;
	long r = CALL(write, sandbox->go_fd, &go, sizeof(go));

	if (r != sizeof(go))
		init_fail(sandbox, PLAN_INIT_RELEASE, r < 0 ? (int)r : -EIO);
}

/* The program first: the supervisor, which the report wakes, may run ahead of it on the same CPU. */
static void step_release(struct sandbox *sandbox, bool hold)
{
	const struct report report = {
		.kind = REPORT_STARTED,
		.baseline_bytes = sandbox->baseline_bytes,
		.prepared_ns = step_prepared_ns(sandbox),
		.time_ns = hold ? 0 : now_ns(CLOCK_MONOTONIC),
	};

	/* The change of credentials had cleared the parent-death signal (PLAN_INIT_DROP): whose death fell between was not heard. */
	if (launcher_gone(sandbox) || supervisor_gone(sandbox))
		init_exit(1);
	sandbox->exchange->plan = sandbox->plan;
	if (hold)
		step_hold(sandbox);
	else
		step_go(sandbox);
	sandbox_report(sandbox, &report, sandbox->listener_fd);
}

_Noreturn static void step_await_end(struct sandbox *sandbox)
{
	struct report report = {.kind = REPORT_EXITED};
	long pid;

	/* The listener is the supervisor's alone: while PID 1 held a copy, its death would go unseen. */
	if (sandbox->listener_fd >= 0)
		(void)CALL(close, sandbox->listener_fd);
	do
		pid = CALL(wait4, -1, &report.wait_status);
	while (pid != sandbox->step_pid && (pid > 0 || pid == -EINTR));
	report.time_ns = now_ns(CLOCK_MONOTONIC);
	if (pid < 0)
		init_fail(sandbox, PLAN_INIT_RELEASE, (int)pid);
	step_check(sandbox);
	sandbox_report(sandbox, &report, -EBADF);
	init_exit(0);
}

/* The PLAN_INIT_* operations of the plan at hand, up to the order or for good. */
static void ops_carry_out(struct sandbox *sandbox)
{
	const struct plan_view plan = sandbox->plan;

	for (uint32_t i = 0; i < plan.header->n_ops; i++) {
		const struct plan_op *op = &plan.ops[i];
		int r;

		if (op->kind >= PLAN_STEP_SESSION)
			continue;
		if (op->kind == PLAN_INIT_ORDER) {
			order_await(sandbox);
			return;
		}
		if (op->kind == PLAN_INIT_AWAIT) {
			step_await_ready(sandbox);
			continue;
		}
		if (op->kind == PLAN_INIT_RELEASE) {
			step_release(sandbox, op->arg[0] != 0);
			step_await_end(sandbox);
		}
		r = init_op(sandbox, op);
		if (r < 0)
			init_fail(sandbox, op->kind, r);
	}
}

_Noreturn void sandbox_init(struct sandbox *sandbox)
{
	static const uint64_t default_action[8];
	int r;

	/* The kernel's own struct, all zero: SIG_DFL. */
	(void)CALL(rt_sigaction, SIGCHLD, default_action, NULL, sizeof(uint64_t));
	/* Until it has dropped everything (PLAN_INIT_DROP). What it forks is ordinary. */
	if (sandbox->urgent)
		urgent_enter(URGENT);
	/* Again after the change of credentials (PLAN_INIT_DROP), which clears it. */
	if (CALL(prctl, PR_SET_PDEATHSIG, SIGKILL) < 0 || launcher_gone(sandbox) ||
	    supervisor_gone(sandbox))
		init_exit(1);
	/* The launcher's own: what it is asked by, its OOM score. Its pidfd is asked again before the program runs. */
	if (CALL(close_range, AGENT_CONTROL_FD, sandbox->launcher_pidfd - 1) < 0)
		init_exit(1);
	r = plan_view_map(sandbox->fd[AGENT_FD_PLAN], &sandbox->plan);
	if (r < 0)
		init_fail(sandbox, 0, r);
	ops_carry_out(sandbox);
	ops_carry_out(sandbox);
	init_fail(sandbox, PLAN_INIT_RELEASE, -EPROTO);
}
