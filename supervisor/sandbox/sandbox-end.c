/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a sandbox, in this order: PID 1 dead (so the pid namespace is empty), outputs drained, counters read (already, when nothing
 * was left in the step's group before), cgroup removed: the removal succeeds only when the kernel counts no process in it, which is the proof that nothing is left.
 */

#include <poll.h>
#include <string.h>
#include <sys/statfs.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "supervisor/sandbox/sandbox-internal.h"

/* Whole, whatever is still in the pipe. 0 or -errno. */
static int stream_end(struct capture *capture)
{
	uint64_t before;
	int r;

	do {
		before = capture->bytes;
		r = capture_drain(capture);
	} while (r > 0 && capture->bytes > before);
	return r == -EMSGSIZE || r > 0 ? 0 : r;
}

/* What comes of one stream in the end: its bytes kept, or -errno when some are lost. `more`: something may be in the pipe. */
static int stream_take(struct capture *capture, bool more, uint64_t *ret_bytes, int *ret_fd)
{
	int r = more ? stream_end(capture) : 0, r1;

	*ret_bytes = capture->bytes;
	r1 = capture_take(capture, ret_fd);
	return r < 0 ? r : r1;
}

static int outputs_take(struct sandbox *sandbox, struct step_result *step)
{
	struct capture *out = &sandbox->streams.out, *err = &sandbox->streams.err;
	struct pollfd pfds[] = {
		{.fd = out->pipe_fd, .events = POLLIN},
		{.fd = err->pipe_fd, .events = POLLIN},
	};
	/* All that would write is dead: most pipes are empty, and both are asked at once. */
	bool asked = poll(pfds, ARRAY_SIZE(pfds), 0) >= 0;
	int r, r1;

	r = stream_take(out, !asked || pfds[0].revents != 0, &step->stdout_bytes, &step->stdout_fd);
	r1 = stream_take(err, !asked || pfds[1].revents != 0, &step->stderr_bytes, &step->stderr_fd);
	step->truncated = sandbox->streams.out.over || sandbox->streams.err.over;
	return r < 0 ? r : r1;
}

/* Less than a page or an inode left: the next write would have failed. */
static bool scratch_full(const struct sandbox *sandbox)
{
	struct statfs st;

	if (sandbox->scratch_fd < 0 || fstatfs(sandbox->scratch_fd, &st) < 0)
		return false;
	return st.f_bfree == 0 || st.f_ffree == 0;
}

/* The step's own preparation ran in its group: it is taken off, from system time first, where nearly all of it went. */
static void cpu_copy(const struct sandbox *sandbox, const struct cgroup_usage *usage,
		     struct step_result *step)
{
	uint64_t prepared = MIN(sandbox->prepared_ns, usage->cpu_ns);
	uint64_t of_system = MIN(prepared, usage->system_ns);
	uint64_t of_user = MIN(prepared - of_system, usage->user_ns);

	step->cpu_time_ns = usage->cpu_ns - prepared;
	step->system_time_ns = usage->system_ns - of_system;
	step->user_time_ns = usage->user_ns - of_user;
	step->throttled_ns = usage->throttled_ns;
}

static void usage_copy(const struct sandbox *sandbox, const struct cgroup_usage *usage,
		       struct step_result *step)
{
	cpu_copy(sandbox, usage, step);
	step->oom_killed = sandbox->out_of_memory || usage->oom_events > 0;
	step->oom_kills = usage->oom_kills;
	step->memory_peak_bytes = usage->memory_peak_bytes;
	/*
	 * Out of memory means that the limit was reached. On v1 the group's peak has what is not the step's in it: reclaimed cache of
	 * earlier steps hides a part of the step's own, and the share of launcher and PID 1 can put it over the limit.
	 */
	if (sandbox->memory_v1 && step->oom_killed)
		step->memory_peak_bytes = sandbox->memory_limit_bytes;
	else if (sandbox->memory_v1)
		step->memory_peak_bytes = MIN(step->memory_peak_bytes, sandbox->memory_limit_bytes);
	step->processes_peak = usage->processes_peak;
	step->pids_refused = usage->pids_refused;
	step->pressure_cpu_ns = usage->pressure_cpu_ns;
	step->pressure_memory_ns = usage->pressure_memory_ns;
	step->pressure_io_ns = usage->pressure_io_ns;
	step->sources = usage->sources;
}

/* What happened to it, besides counters. 0 or -errno with a fault. */
static int events_copy(struct sandbox *sandbox, struct step_result *step, struct fault *fault)
{
	int r;

	(void)sandbox_on_report(sandbox);
	sandbox_on_oom(sandbox);
	r = outputs_take(sandbox, step);
	if (sandbox->started_ns != 0 && sandbox->ended_ns == 0)
		sandbox->ended_ns = clock_now_ns(CLOCK_MONOTONIC);
	step->wall_time_ns = sandbox->started_ns != 0 ? sandbox->ended_ns - sandbox->started_ns : 0;
	step->ran = sandbox->started_ns != 0;
	memcpy(step->denied, sandbox->denied, sizeof(step->denied));
	step->n_denied = sandbox->n_denied;
	sandbox->disk_full = scratch_full(sandbox);
	return r < 0 ? fault_set(fault, r, "stdio", "cannot take the step's output") : 0;
}

static int counters_copy(struct sandbox *sandbox, struct step_result *step, struct fault *fault)
{
	struct cgroup_slot *group = sandbox->slot->cgroup;
	int r = sandbox->has_usage ?
			0 :
			cgroup_step_usage(group, sandbox->baseline_bytes, &sandbox->usage, fault);

	if (r == 0)
		r = cgroup_step_usage_cpu(group, &sandbox->usage, fault);
	if (r < 0)
		return r;
	usage_copy(sandbox, &sandbox->usage, step);
	if (!step->oom_killed && sandbox->usage.oom_kills > 0)
		return fault_say(fault, -ENOMEM, "memory",
				 "the host (or a group above the sandbox) ran out of memory and the "
				 "kernel killed the step for it");
	return 0;
}

int sandbox_finish(struct sandbox *sandbox, struct step_result *step, struct fault *fault)
{
	struct fault ignored;
	int r = events_copy(sandbox, step, fault);
	int r1 = counters_copy(sandbox, step, r < 0 ? &ignored : fault);
	int r2 = slot_step_remove(sandbox->slot, r < 0 || r1 < 0 ? &ignored : fault);

	sandbox_close(sandbox);
	return r < 0 ? r : r1 < 0 ? r1 : r2;
}
