/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event sources of one step:
 *
 *   report channel  what the agent says; its end without an exit report means that PID 1 was killed
 *   stdout, stderr  drained as they fill; a stream that passes its limit kills the step
 *   listener        a denied system call: noted, and the step is killed
 *   out of memory   on v1, where the kernel kills one process: the rest is killed here (v2 does it itself)
 *   wall timer      one shot, at limit + extra
 *   cpu timer       at computed deadlines (deadline.c)
 *   sample timer    of a traced step, every 10 to 80 ms (step-sample.c)
 *   main pidfd      readable: the main process has ended; counters are read while PID 1 says so and ends
 *   PID 1's pidfd   readable: everything inside is dead. Only this ends the step.
 *
 * Killing never ends a step by itself; it makes the last source readable. Every kill arms the wall timer anew: when the end does
 * not come, more is killed (PID 1, then everything in the slot).
 *
 * What goes wrong on our side while the step runs is noted (step_our_fault()) and kills the step: its verdict is then IE, not a
 * death by SIGKILL. If the sandbox cannot even be made, PID 1 reports it
 * and exits. If PID 1 is killed before it could be heard (memory), the channel ends and the pidfd is readable. If the
 * launcher is dead, no pidfd comes and the channel's end alone finishes the step.
 *
 * A step may be made ready and held until its turn comes. Until then it has no sources: what its making says is not worth a wake-up, and waits.
 *
 * step-clock.c has the timers, step-end.c the end.
 */

#include "supervisor/engine/step-run-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisor/engine/deadline.h"

static int on_pidfd(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		    void *userdata)
{
	return step_finish(userdata);
}

static int on_listener(sd_event_source *source _unused_, int fd _unused_, uint32_t events,
		       void *userdata)
{
	struct step_run *run = userdata;
	int r;

	/* Without EPOLLIN: nobody uses the filter any more. */
	if ((events & EPOLLIN) == 0)
		return sd_event_source_set_enabled(run->sources[SOURCE_LISTENER], SD_EVENT_OFF);
	r = sandbox_on_denial(&run->sandbox);
	step_end_expect(run);
	if (r < 0) {
		step_our_fault(run, r, "seccomp", "cannot read a denied call");
		return sd_event_source_set_enabled(run->sources[SOURCE_LISTENER], SD_EVENT_OFF);
	}
	return 0;
}

static int io_add(struct step_run *run, enum source which, int fd, sd_event_io_handler_t handler)
{
	return sd_event_add_io(run->event, &run->sources[which], fd, EPOLLIN, handler, run);
}

/* Who waits for its CPU comes first: the counters have the time of PID 1's end. */
static void ended_tell(struct step_run *run)
{
	void (*ended)(void *userdata) = run->ended;

	if (ended == NULL || !run->sandbox.emptied || run->sandbox.killed)
		return;
	run->ended = NULL;
	ended(run->userdata);
}

/* Time is over for it: what is left has the time of dying, and what PID 1 says is taken in the end. */
static int on_main_end(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		       void *userdata)
{
	struct step_run *run = userdata;

	sandbox_on_main_end(&run->sandbox);
	ended_tell(run);
	if (run->sandbox.pidfd >= 0)
		(void)sd_event_source_set_enabled(run->sources[SOURCE_REPORT], SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(run->sources[SOURCE_CPU], SD_EVENT_OFF);
	sandbox_take_early(&run->sandbox);
	step_end_expect(run);
	return sd_event_source_set_enabled(run->sources[SOURCE_MAIN], SD_EVENT_OFF);
}

/* Reports bring descriptors: each gets its source as soon as it is there. */
static int sources_follow(struct step_run *run)
{
	struct sandbox *sandbox = &run->sandbox;
	int r = 0;

	if (sandbox->pidfd >= 0 && run->sources[SOURCE_PIDFD] == NULL)
		r = io_add(run, SOURCE_PIDFD, sandbox->pidfd, on_pidfd);
	if (r >= 0 && run->sources[SOURCE_PIDFD] != NULL && sandbox->state != SANDBOX_STARTING)
		/* After the reports that are queued: the exit report comes before the exit. */
		r = sd_event_source_set_priority(run->sources[SOURCE_PIDFD],
						 SD_EVENT_PRIORITY_NORMAL + 10);
	if (r >= 0 && sandbox->step_pidfd >= 0 && sandbox->state == SANDBOX_RUNNING &&
	    run->sources[SOURCE_MAIN] == NULL)
		r = io_add(run, SOURCE_MAIN, sandbox->step_pidfd, on_main_end);
	if (r >= 0 && sandbox->listener_fd >= 0 && run->sources[SOURCE_LISTENER] == NULL) {
		r = io_add(run, SOURCE_LISTENER, sandbox->listener_fd, on_listener);
		/* Before anything else: a caller that is about to die takes its notification along. */
		if (r >= 0)
			r = sd_event_source_set_priority(run->sources[SOURCE_LISTENER],
							 SD_EVENT_PRIORITY_NORMAL - 10);
	}
	return r;
}

/* On a busy host its end may be heard at the same time. A trace of it has its last sample all the same. */
static int started_follow(struct step_run *run)
{
	int r = run->sandbox.state == SANDBOX_RUNNING ? step_clocks_start(run) : 0;

	return r < 0 ? r : step_sampler_start(&run->sampler, run->event, &run->meter, &run->sandbox);
}

/* Its turn has come: it is not watched before. One that has died meanwhile says so itself. */
static int held_follow(struct step_run *run)
{
	int r = sandbox_release(&run->sandbox);

	if (r == -ECHILD) {
		step_kill(run);
		return 0;
	}
	return r < 0 ? r : sources_follow(run);
}

static int on_report(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		     void *userdata)
{
	struct step_run *run = userdata;
	bool starting = run->sandbox.state == SANDBOX_STARTING && !run->sandbox.killed;
	int more = sandbox_on_report(&run->sandbox), r = sources_follow(run);

	if (r >= 0 && starting && run->sandbox.state == SANDBOX_HELD)
		r = held_follow(run);
	if (r >= 0 && starting && run->sandbox.started_ns != 0)
		r = started_follow(run);
	if (r < 0)
		step_our_fault(run, r, "engine", "cannot watch the step");
	ended_tell(run);
	sandbox_take_early(&run->sandbox);
	if (more > 0)
		return 0;
	/* Nobody will speak any more. With a pidfd the end is near; without one this is it. */
	(void)sd_event_source_set_enabled(run->sources[SOURCE_REPORT], SD_EVENT_OFF);
	if (more < 0) {
		step_our_fault(run, more, "agent", "the sandbox's reports cannot be read");
		sandbox_kill_all(&run->sandbox);
	}
	return run->sources[SOURCE_PIDFD] == NULL ? step_finish(run) : 0;
}

static int output_drain(struct step_run *run, struct capture *capture, enum source which)
{
	int r = capture_drain(capture);

	if (r > 0)
		return 0;
	(void)sd_event_source_set_enabled(run->sources[which], SD_EVENT_OFF);
	if (r == -EMSGSIZE)
		step_kill(run);
	else if (r < 0)
		step_our_fault(run, r, "stdio", "cannot take the step's output");
	return 0;
}

static int on_stdout(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		     void *userdata)
{
	struct step_run *run = userdata;

	return output_drain(run, &run->sandbox.streams.out, SOURCE_STDOUT);
}

static int on_stderr(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		     void *userdata)
{
	struct step_run *run = userdata;

	return output_drain(run, &run->sandbox.streams.err, SOURCE_STDERR);
}

static int on_oom(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		  void *userdata)
{
	struct step_run *run = userdata;

	sandbox_on_oom(&run->sandbox);
	if (run->sandbox.out_of_memory)
		step_meter_out_of_memory(&run->meter);
	step_end_expect(run);
	return 0;
}

static int sources_add(struct step_run *run)
{
	int oom_fd = cgroup_slot_oom_fd(run->sandbox.slot->cgroup);
	int r = io_add(run, SOURCE_REPORT, run->sandbox.report_fd, on_report);

	if (r >= 0)
		r = io_add(run, SOURCE_STDOUT, run->sandbox.streams.out.pipe_fd, on_stdout);
	if (r >= 0)
		r = io_add(run, SOURCE_STDERR, run->sandbox.streams.err.pipe_fd, on_stderr);
	if (r >= 0 && oom_fd >= 0)
		r = io_add(run, SOURCE_OOM, oom_fd, on_oom);
	return r >= 0 ? step_clocks_add(run) : r;
}

/* The kernel side has killed the caller; what makes no calls dies here. */
static void on_meter(void *userdata)
{
	step_kill(userdata);
}

static void on_cpu_spent(void *userdata)
{
	(void)step_clock_look(userdata);
}

/* A group that is dying is not frozen, and a failure leaves what the kernel side does alone. */
static void on_hold(void *userdata, bool held)
{
	struct step_run *run = userdata;

	(void)cgroup_step_freeze(run->sandbox.slot->cgroup, held && !run->sandbox.killed);
}

static int on_group(void *userdata, int group_fd, struct fault *fault)
{
	struct step_run *run = userdata;

	return step_meter_begin(&run->meter, group_fd, fault);
}

static int sandbox_begin(struct step_run *run, struct slot *slot, const struct sandbox_spec *spec,
			 const struct step_meter_spec *meter, struct fault *fault)
{
	static const struct step_meter_hooks hooks = {on_meter, on_hold, on_cpu_spent};
	struct sandbox_spec own = *spec;

	if (meter != NULL) {
		step_meter_init(&run->meter, meter, &hooks, run);
		own.group_made = on_group;
		own.group_userdata = run;
	}
	return sandbox_start(&run->sandbox, slot, &own, fault);
}

/* As many as there can ever be: asking how many are there now reads a file. */
static long cpus_most(void)
{
	static long n;

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_CONF);
	return n;
}

int step_run_start(sd_event *event, struct slot *slot, const struct sandbox_spec *spec,
		   const struct step_run_options *options, struct step_run **ret_run,
		   struct fault *fault)
{
	struct step_run *run = new0(struct step_run, 1);
	long n_cpus = cpus_most();
	int r;

	if (run == NULL)
		return fault_set(fault, -ENOMEM, "engine", "step");
	run->event = sd_event_ref(event);
	run->limits = *spec->limits;
	run->parallelism = deadline_parallelism(spec->limits, n_cpus > 0 ? (unsigned)n_cpus : 1);
	run->ple_kills = options->ple_kills;
	run->done = options->done;
	run->ended = options->ended;
	run->userdata = options->userdata;
	r = sandbox_begin(run, slot, spec, options->meter, fault);
	if (r < 0) {
		step_meter_end(&run->meter, NULL);
		(void)step_run_free(run);
		return r;
	}
	r = spec->held ? 0 : sources_add(run);
	if (r < 0) {
		/* The loop cannot watch it: it must not run. Its end is awaited in place. */
		sandbox_wait_dead(&run->sandbox);
		step_forget(run);
		return fault_set(fault, r, "engine", "cannot watch the step");
	}
	*ret_run = run;
	/* Now, and not when it has started: PID 1 has the order, and this may take the CPU that the program is to get. */
	if (options->ordered != NULL)
		options->ordered(options->userdata);
	return 0;
}

/* The step first: it is watched while it wakes. */
int step_run_release(struct step_run *run)
{
	int more = sandbox_on_report(&run->sandbox), r = more > 0 ? 0 : -ECHILD;

	if (r == 0 && run->sandbox.state != SANDBOX_STARTING)
		r = sandbox_release(&run->sandbox);
	if (r == 0)
		r = sources_add(run);
	if (r >= 0)
		r = sources_follow(run);
	if (r >= 0 && run->sandbox.state == SANDBOX_RUNNING)
		r = started_follow(run);
	return MIN(r, 0);
}

void step_run_hand_over(struct step_run *run, const struct step_run_options *options)
{
	run->done = options->done;
	run->ended = options->ended;
	run->userdata = options->userdata;
	ended_tell(run);
}

void step_run_drop(struct step_run *run)
{
	step_sources_drop(run);
	sandbox_give_up(&run->sandbox);
	step_forget(run);
}

void step_run_cancel(struct step_run *run)
{
	run->cancelled = true;
	sandbox_kill_all(&run->sandbox);
	step_kill(run);
}

void step_run_end_now(struct step_run *run)
{
	run->cancelled = true;
	step_sources_drop(run);
	sandbox_wait_dead(&run->sandbox);
	(void)step_finish(run);
}
