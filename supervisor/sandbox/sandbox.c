/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting, hearing from and killing one sandbox; sandbox-end.c ends it.
 *
 * The sandbox itself is a spare of the slot's (spare.c), made ahead or now. What the step needs is made here or listed in the order's
 * plan: when any of it fails, nothing runs.
 */

#include "supervisor/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "supervisor/sandbox/denial.h"
#include "supervisor/sandbox/plan-build.h"
#include "supervisor/sandbox/sandbox-internal.h"
#include "supervisor/sandbox/scratch.h"
#include "supervisor/sandbox/slot.h"

#ifndef PIDFD_GET_MNT_NAMESPACE
#define PIDFD_GET_MNT_NAMESPACE _IO(0xff, 3)
#endif

/* How long dying may take before everything in the slot is killed. */
enum { DEATH_MSEC = 10000 };

/* For so long what is charged to a slot when its step is ready is what is charged when it begins. */
#define BASELINE_KEEPS_NS (UINT64_C(2) * NSEC_PER_MSEC)

static int plan_make(const struct sandbox *sandbox, const struct sandbox_spec *spec,
		     char **ret_bytes, struct fault *fault)
{
	const struct plan_spec plan = {
		.argv = spec->argv,
		.env = spec->env,
		.limits = spec->limits,
		.neighbours = spec->neighbours,
		.n_stdio = spec->extra_fds[0] >= 0 ? 5 : 3,
		.stage = spec->stage_fd >= 0,
		.held = spec->held,
		.memory_v1_bytes = !sandbox->memory_v1 ?
					   0 :
					   limits_get(spec->limits, LIMIT_MEMORY) +
						   CGROUP_V1_OWN_BYTES + spec->residue_bytes,
	};

	return plan_build(&plan, ret_bytes, fault);
}

/* A stage's content comes on top of the step's own disk limit: it was paid for by the step that made it. */
static int scratch_get(const struct sandbox *sandbox, const struct sandbox_spec *spec,
		       struct fault *fault)
{
	uint64_t bytes = limits_get(spec->limits, LIMIT_DISK);
	uint64_t inodes = limits_get(spec->limits, LIMIT_INODES), more_bytes = 0, more_inodes = 0;

	if (spec->scratch_fd >= 0)
		return spec->scratch_fd;
	if (spec->stage_fd >= 0) {
		int r = scratch_usage(spec->stage_fd, &more_bytes, &more_inodes);

		if (r < 0)
			return fault_set(fault, r, "scratch", "cannot measure the staged files");
	}
	return slot_scratch_get(sandbox->slot, bytes + more_bytes, inodes + more_inodes, fault);
}

/* A sandbox that has failed or was killed meanwhile says so itself: its reports and its end are there to be read. */
static int order_send(const struct sandbox *sandbox, const struct sandbox_spec *spec,
		      const char *plan, size_t size, struct fault *fault)
{
	_cleanup_close_ int plan_fd = -EBADF;
	int null_fd = sandbox->slot->set->null_fd;
	bool extra = spec->extra_fds[0] >= 0;
	int sent[AGENT_FD_MAX], r;

	for (int i = 0; i < AGENT_FD_MAX; i++)
		sent[i] = -EBADF;
	if (size > ORDER_PLAN_BYTES) {
		plan_fd = plan_seal(plan, size, fault);
		if (plan_fd < 0)
			return plan_fd;
		size = 0;
	}
	sent[AGENT_FD_PLAN] = plan_fd;
	sent[AGENT_FD_STAGE] = spec->stage_fd;
	sent[AGENT_FD_STDIN] = spec->stdin_fd >= 0 ? spec->stdin_fd : null_fd;
	if (extra) {
		sent[AGENT_FD_EXTRA3] = spec->extra_fds[0];
		sent[AGENT_FD_EXTRA4] = spec->extra_fds[1] >= 0 ? spec->extra_fds[1] : null_fd;
	}
	r = launch_send(sandbox->slot->spare.report_fd, 0, sent, plan, size);
	return r < 0 && r != -EPIPE ? fault_set(fault, r, "agent", "cannot order a step") : 0;
}

static void sandbox_reset(struct sandbox *sandbox, struct slot *slot)
{
	*sandbox = (struct sandbox){
		.slot = slot,
		.report_fd = -EBADF,
		.pidfd = -EBADF,
		.step_pidfd = -EBADF,
		.listener_fd = -EBADF,
		.go_fd = -EBADF,
		.scratch_fd = -EBADF,
		.streams = spare_streams_none(),
		.memory_v1 = cgroup_step_memory_fds(slot->cgroup).usage >= 0,
		.asked_ns = clock_now_ns(CLOCK_MONOTONIC),
	};
}

void sandbox_close(struct sandbox *sandbox)
{
	sandbox->report_fd = fd_close(sandbox->report_fd);
	sandbox->pidfd = fd_close(sandbox->pidfd);
	sandbox->listener_fd = fd_close(sandbox->listener_fd);
	sandbox->go_fd = fd_close(sandbox->go_fd);
	sandbox->scratch_fd = sandbox->scratch_lent ? -EBADF : fd_close(sandbox->scratch_fd);
	sandbox->step_pidfd = fd_close(sandbox->step_pidfd);
	spare_streams_close(&sandbox->streams);
}

static int sandbox_launch(struct sandbox *sandbox, const struct sandbox_spec *spec,
			  struct fault *fault)
{
	_cleanup_free_ char *plan = NULL;
	int size = plan_make(sandbox, spec, &plan, fault), r = size;

	if (r >= 0)
		r = sandbox->scratch_fd = scratch_get(sandbox, spec, fault);
	if (r >= 0)
		r = order_send(sandbox, spec, plan, (size_t)size, fault);
	if (r < 0)
		return r;
	sandbox->report_fd = spare_take(&sandbox->slot->spare, &sandbox->streams);
	sandbox->streams.out.limit_bytes = sandbox->streams.err.limit_bytes =
		limits_get(spec->limits, LIMIT_OUTPUT);
	return 0;
}

int sandbox_start(struct sandbox *sandbox, struct slot *slot, const struct sandbox_spec *spec,
		  struct fault *fault)
{
	int r;

	sandbox_reset(sandbox, slot);
	sandbox->own_program = spec->argv[0][0] != '/';
	sandbox->scratch_lent = spec->scratch_fd >= 0;
	sandbox->memory_limit_bytes = limits_get(spec->limits, LIMIT_MEMORY);
	/* Asked for first: it is made while the rest is made here. */
	r = spec->spare_ready ?
		    0 :
		    spare_prepare(slot,
				  &(struct spare_spec){.root_fd = spec->root_fd,
						       .loopback = spec->network ==
								   POLICY_NETWORK_LOOPBACK,
						       .filter = spec->filter,
						       .scratch_fd = spec->scratch_fd},
				  fault);
	if (r < 0)
		return r;
	r = cgroup_step_limit(slot->cgroup, spec->limits, fault);
	if (r == 0 && spec->group_made != NULL)
		r = spec->group_made(spec->group_userdata, cgroup_step_fd(slot->cgroup), fault);
	if (r == 0)
		r = sandbox_launch(sandbox, spec, fault);
	if (r < 0) {
		sandbox_close(sandbox);
		spare_drop(slot);
	}
	return r;
}

/* What execve says of the file, and not of this host's state: execve(2). A hostile file can make it say nearly anything. */
static bool says_of_the_file(int error)
{
	static const int of_the_host[] = {ENOMEM, EAGAIN, EMFILE, ENFILE, EFAULT, ENOSYS};

	for (size_t i = 0; i < ARRAY_SIZE(of_the_host); i++)
		if (error == -of_the_host[i])
			return false;
	return error < 0;
}

static void died_note(struct sandbox *sandbox, int error)
{
	sandbox->state = SANDBOX_FAILED;
	(void)fault_set(&sandbox->fault, error, plan_op_layer(PLAN_INIT_AWAIT),
			"the step died before it began; is its memory limit too small to start?");
}

/* A program that cannot be executed is the submission's business when it is its own file. */
static void failed_note(struct sandbox *sandbox, const struct report *report)
{
	if (report->op == PLAN_STEP_EXEC && sandbox->started_ns != 0 && sandbox->own_program &&
	    says_of_the_file(report->error)) {
		sandbox->exec_refused = true;
		sandbox->exec_error = report->error;
		sandbox->state = SANDBOX_EXITED;
		sandbox->ended_ns = clock_now_ns(CLOCK_MONOTONIC);
		return;
	}
	if (report->op == PLAN_INIT_AWAIT) {
		died_note(sandbox, report->error < 0 ? report->error : -EIO);
		return;
	}
	sandbox->state = SANDBOX_FAILED;
	(void)fault_set(&sandbox->fault, report->error < 0 ? report->error : -EIO,
			plan_op_layer(report->op),
			report->op == PLAN_STEP_EXEC ? "the policy's program cannot be executed" :
						       "the sandbox could not be made");
}

static void launched_note(struct sandbox *sandbox, const struct report *report, int fd)
{
	if (report->error < 0 || fd < 0) {
		sandbox->state = SANDBOX_FAILED;
		(void)fault_set(&sandbox->fault, report->error < 0 ? report->error : -EIO,
				"namespaces", "cannot make the sandbox's first process");
		return;
	}
	sandbox->pidfd = fd;
	/*
	 * At PID 1's end the kernel takes its mounts down, and waits for all CPUs, before it says that PID 1 is dead. While somebody has the
	 * namespace that waits. Kernels before 6.11 do not give it.
	 */
	slot_settle(sandbox->slot);
	sandbox->slot->late_fd = ioctl(fd, PIDFD_GET_MNT_NAMESPACE, 0);
	/* Killed before it was known: there may have been nothing to kill yet. */
	if (sandbox->killed)
		sandbox_kill_all(sandbox);
}

/*
 * The counters of a group in which nothing lives do not change any more, and nobody can come into it: they are read while PID 1 ends. When
 * something is left, which dies with PID 1, they are read after that (sandbox-end.c). So is CPU time in any case: a process that has
 * just died adds the last of it when its CPU turns to another.
 */
void sandbox_take_early(struct sandbox *sandbox)
{
	if (!sandbox->has_usage && sandbox->emptied)
		sandbox->has_usage =
			cgroup_step_usage(sandbox->slot->cgroup, sandbox->baseline_bytes,
					  &sandbox->usage, NULL) == 0;
}

/* With a socket to release it by it is held, and has no time yet. */
static void started_note(struct sandbox *sandbox, const struct report *report)
{
	bool held = sandbox->go_fd >= 0;

	sandbox->baseline_bytes = report->baseline_bytes;
	sandbox->prepared_ns = report->prepared_ns;
	if (held)
		sandbox->held_ns = clock_now_ns(CLOCK_MONOTONIC);
	else
		sandbox->started_ns = report->time_ns;
	if (sandbox->state == SANDBOX_STARTING)
		sandbox->state = held ? SANDBOX_HELD : SANDBOX_RUNNING;
}

/* Takes over `fd`. */
static void report_note(struct sandbox *sandbox, const struct report *report, int fd)
{
	switch (report->kind) {
	case REPORT_LAUNCHED:
		if (sandbox->pidfd >= 0)
			break;
		launched_note(sandbox, report, fd);
		return;
	case REPORT_STARTED:
		if (sandbox->listener_fd < 0)
			sandbox->listener_fd = TAKE_FD(fd);
		started_note(sandbox, report);
		break;
	case REPORT_HELD:
		if (sandbox->go_fd < 0)
			sandbox->go_fd = TAKE_FD(fd);
		break;
	case REPORT_EXITED:
		if (sandbox->state == SANDBOX_HELD) {
			died_note(sandbox, -ECHILD);
			break;
		}
		sandbox_on_main_end(sandbox);
		sandbox->ended_ns = report->time_ns;
		sandbox->wait_status = report->wait_status;
		sandbox->state = SANDBOX_EXITED;
		break;
	case REPORT_SPAWNED:
		if (sandbox->step_pidfd < 0)
			sandbox->step_pidfd = TAKE_FD(fd);
		break;
	case REPORT_FAILED:
		failed_note(sandbox, report);
		break;
	default:
		break;
	}
	(void)fd_close(fd);
}

/* Notes those that are reports. 1: all are; 0: the end came, nothing is behind it; -EPROTO: something else did, and what is behind it is not heard. */
static int reports_note(struct sandbox *sandbox, const struct report_got got[], int n)
{
	int r = 1;

	for (int i = 0; i < n; i++) {
		if (got[i].r > 0 && r > 0)
			report_note(sandbox, &got[i].report, got[i].fd);
		else if (got[i].r > 0)
			(void)fd_close(got[i].fd);
		else if (r > 0)
			r = got[i].r;
	}
	return r;
}

int sandbox_on_report(struct sandbox *sandbox)
{
	struct report_got got[REPORTS_MAX];
	int n = REPORTS_MAX, r = 1;

	/* Less than was asked for: nothing more is there. */
	while (n == REPORTS_MAX && r > 0) {
		if (sandbox->report_fd < 0)
			return 0;
		n = reports_receive(sandbox->report_fd, got, REPORTS_MAX);
		if (n < 0)
			return n == -EAGAIN ? 1 : n;
		r = reports_note(sandbox, got, n);
	}
	return r;
}

void sandbox_on_main_end(struct sandbox *sandbox)
{
	if (!sandbox->emptied)
		sandbox->emptied = cgroup_step_empty(sandbox->slot->cgroup);
	sandbox->main_ended = true;
}

int sandbox_on_denial(struct sandbox *sandbox)
{
	struct denied_call call = {.nr = -1, .syscall = "unknown"};
	int r = denial_receive(sandbox->listener_fd, &call);

	if (r == 0)
		return 0;
	sandbox_kill(sandbox);
	/* ENOENT: its caller was dead before it could be read. The call is a fact all the same. */
	if (r < 0 && r != -ENOENT)
		return r;
	if (sandbox->n_denied < RESULT_DENIED_MAX)
		sandbox->denied[sandbox->n_denied++] = call;
	return 0;
}

void sandbox_on_oom(struct sandbox *sandbox)
{
	if (!cgroup_slot_oom_take(sandbox->slot->cgroup))
		return;
	sandbox->out_of_memory = true;
	sandbox_kill(sandbox);
}

/*
 * The group's kill signals the first thread of each process, and does nothing to one whose first thread has ended while others go on. The main process
 * is signalled as a whole; what else is like that dies with PID 1, which ends when the main process has.
 */
void sandbox_kill(struct sandbox *sandbox)
{
	sandbox->killed = true;
	if (cgroup_step_kill(sandbox->slot->cgroup) < 0)
		sandbox_kill_all(sandbox);
	else if (sandbox->step_pidfd >= 0)
		(void)pidfd_send_signal(sandbox->step_pidfd, SIGKILL, NULL, 0);
}

void sandbox_kill_all(struct sandbox *sandbox)
{
	int fd = sandbox->pidfd >= 0 ? sandbox->pidfd : sandbox->slot->launcher.pidfd;

	sandbox->killed = true;
	if (sandbox->pidfd < 0)
		sandbox->slot->launcher.killed = true;
	if (fd >= 0)
		(void)pidfd_send_signal(fd, SIGKILL, NULL, 0);
}

/*
 * What was charged to the slot's v1 group before may have gone while the step was held, and would hide a part of its own peak: with time enough
 * for that, it is read again.
 */
static int baseline_renew(struct sandbox *sandbox)
{
	if (!sandbox->memory_v1 ||
	    clock_now_ns(CLOCK_MONOTONIC) - sandbox->held_ns < BASELINE_KEEPS_NS)
		return 0;
	return cgroup_step_memory_rebase(sandbox->slot->cgroup, &sandbox->baseline_bytes);
}

int sandbox_release(struct sandbox *sandbox)
{
	static const uint64_t go = 1;
	int r;

	/* The kernel may have killed it for memory, and PID 1 has not said so yet. */
	if (sandbox->state != SANDBOX_HELD || sandbox->killed ||
	    fd_readable_within(sandbox->step_pidfd, 0))
		return -ECHILD;
	r = baseline_renew(sandbox);
	if (r < 0)
		return r;
	sandbox->started_ns = clock_now_ns(CLOCK_MONOTONIC);
	if (write(sandbox->go_fd, &go, sizeof(go)) != sizeof(go))
		return -EIO;
	sandbox->go_fd = fd_close(sandbox->go_fd);
	sandbox->state = SANDBOX_RUNNING;
	return 0;
}

/* Until PID 1 is known, or nobody is there to make it known. */
static void first_process_await(struct sandbox *sandbox)
{
	while (sandbox->pidfd < 0 && fd_readable_within(sandbox->report_fd, DEATH_MSEC))
		if (sandbox_on_report(sandbox) <= 0)
			break;
}

void sandbox_give_up(struct sandbox *sandbox)
{
	first_process_await(sandbox);
	sandbox_wait_dead(sandbox);
}

void sandbox_wait_dead(struct sandbox *sandbox)
{
	sandbox_kill(sandbox);
	sandbox_kill_all(sandbox);
	first_process_await(sandbox);
	if (sandbox->pidfd >= 0 && fd_readable_within(sandbox->pidfd, DEATH_MSEC))
		return;
	sandbox->slot->broken = sandbox->slot->launcher.killed = true;
	(void)cgroup_slot_kill(sandbox->slot->cgroup);
	if (sandbox->pidfd >= 0)
		(void)fd_readable_within(sandbox->pidfd, DEATH_MSEC);
}
