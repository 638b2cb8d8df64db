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
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/engine/deadline.h"

static void on_pidfd(void *userdata)
{
	step_finish(userdata);
}

/* Not at its end alone, as fd_readable_within() means it. */
static bool is_readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return fd_poll_now(&pfd, 1) == 1 && (pfd.revents & POLLIN) != 0;
}

static void on_listener(void *userdata)
{
	struct step_run *run = userdata;
	int r;

	/* Its end: nobody uses the filter any more. Receiving would wait for ever. */
	if (!is_readable(run->sandbox.listener_fd)) {
		loop_off(run->sources[SOURCE_LISTENER]);
		return;
	}
	r = sandbox_on_denial(&run->sandbox);
	step_end_expect(run);
	if (r >= 0)
		return;
	step_our_fault(run, r, "seccomp", "cannot read a denied call");
	loop_off(run->sources[SOURCE_LISTENER]);
}

static int io_add(struct step_run *run, enum source which, enum loop_priority priority, int fd,
		  loop_handler handler)
{
	return loop_watch(run->loop, &run->sources[which], fd, priority, handler, run);
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
static void on_main_end(void *userdata)
{
	struct step_run *run = userdata;

	sandbox_on_main_end(&run->sandbox);
	ended_tell(run);
	if (run->sandbox.pidfd >= 0)
		loop_off(run->sources[SOURCE_REPORT]);
	loop_off(run->sources[SOURCE_CPU]);
	sandbox_take_early(&run->sandbox);
	step_end_expect(run);
	loop_off(run->sources[SOURCE_MAIN]);
}

/* Reports bring descriptors: each gets its source as soon as it is there. */
static int sources_follow(struct step_run *run)
{
	struct sandbox *sandbox = &run->sandbox;
	int r = 0;

	/* After the reports that are queued: the exit report comes before the exit. */
	if (sandbox->pidfd >= 0 && run->sources[SOURCE_PIDFD] == NULL)
		r = io_add(run, SOURCE_PIDFD, LOOP_END, sandbox->pidfd, on_pidfd);
	if (r >= 0 && sandbox->step_pidfd >= 0 && sandbox->state == SANDBOX_RUNNING &&
	    run->sources[SOURCE_MAIN] == NULL)
		r = io_add(run, SOURCE_MAIN, LOOP_NORMAL, sandbox->step_pidfd, on_main_end);
	if (r >= 0 && sandbox->listener_fd >= 0 && run->sources[SOURCE_LISTENER] == NULL)
		r = io_add(run, SOURCE_LISTENER, LOOP_DENIAL, sandbox->listener_fd, on_listener);
	return r;
}

/* On a busy host its end may be heard at the same time. A trace of it has its last sample all the same. */
static int started_follow(struct step_run *run)
{
	int r = run->sandbox.state == SANDBOX_RUNNING ? step_clocks_start(run) : 0;

	return r < 0 ? r : step_sampler_start(&run->sampler, run->loop, &run->meter, &run->sandbox);
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

static void on_report(void *userdata)
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
		return;
	/* Nobody will speak any more. With a pidfd the end is near; without one this is it. */
	loop_off(run->sources[SOURCE_REPORT]);
	if (more < 0) {
		step_our_fault(run, more, "agent", "the sandbox's reports cannot be read");
		sandbox_kill_all(&run->sandbox);
	}
	if (run->sources[SOURCE_PIDFD] == NULL)
		step_finish(run);
}

static void output_drain(struct step_run *run, struct capture *capture, enum source which)
{
	int r = capture_drain(capture);

	if (r > 0)
		return;
	loop_off(run->sources[which]);
	if (r == -EMSGSIZE)
		step_kill(run);
	else if (r < 0)
		step_our_fault(run, r, "stdio", "cannot take the step's output");
}

static void on_stdout(void *userdata)
{
	struct step_run *run = userdata;

	output_drain(run, &run->sandbox.streams.out, SOURCE_STDOUT);
}

static void on_stderr(void *userdata)
{
	struct step_run *run = userdata;

	output_drain(run, &run->sandbox.streams.err, SOURCE_STDERR);
}

static void on_oom(void *userdata)
{
	struct step_run *run = userdata;

	sandbox_on_oom(&run->sandbox);
	if (run->sandbox.out_of_memory)
		step_meter_out_of_memory(&run->meter);
	step_end_expect(run);
}

static int sources_add(struct step_run *run)
{
	int oom_fd = cgroup_slot_oom_fd(run->sandbox.slot->cgroup);
	int r = io_add(run, SOURCE_REPORT, LOOP_NORMAL, run->sandbox.report_fd, on_report);

	if (r >= 0)
		r = io_add(run, SOURCE_STDOUT, LOOP_NORMAL, run->sandbox.streams.out.pipe_fd,
			   on_stdout);
	if (r >= 0)
		r = io_add(run, SOURCE_STDERR, LOOP_NORMAL, run->sandbox.streams.err.pipe_fd,
			   on_stderr);
	if (r >= 0 && oom_fd >= 0)
		r = io_add(run, SOURCE_OOM, LOOP_NORMAL, oom_fd, on_oom);
	return r >= 0 ? step_clocks_add(run) : r;
}

/* The kernel side has killed the caller; what makes no calls dies here. */
static void on_meter(void *userdata)
{
	step_kill(userdata);
}

static void on_cpu_spent(void *userdata)
{
	step_clock_look(userdata);
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

int step_run_start(struct loop *loop, struct slot *slot, const struct sandbox_spec *spec,
		   const struct step_run_options *options, struct step_run **ret_run,
		   struct fault *fault)
{
	struct step_run *run = new0(struct step_run, 1);
	long n_cpus = cpus_most();
	int r;

	if (run == NULL)
		return fault_set(fault, -ENOMEM, "engine", "step");
	run->loop = loop;
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
