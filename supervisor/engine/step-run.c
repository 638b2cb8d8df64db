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
 * What goes wrong on our side while the step runs is noted (our_fault) and kills the step: its verdict is then IE, not a
 * death by SIGKILL. If the sandbox cannot even be made, PID 1 reports it
 * and exits. If PID 1 is killed before it could be heard (memory), the channel ends and the pidfd is readable. If the
 * launcher is dead, no pidfd comes and the channel's end alone finishes the step.
 */

#include "supervisor/engine/step-run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "supervisor/engine/deadline.h"
#include "supervisor/engine/judge.h"
#include "supervisor/engine/step-sample.h"

/* A sandbox that is not running by then hangs in its making: under load that takes some ms. */
#define STARTUP_NS (UINT64_C(20) * NSEC_PER_SEC)

/* Between a kill and the next, harder one: dying takes less than a ms, and longer under load or with much memory. */
#define GRACE_NS (UINT64_C(3) * NSEC_PER_SEC)

/* So long before the next look at it the clock is made finer: its periods are a part of what is left. */
#define FINER_CLOCK_NS (UINT64_C(2) * NSEC_PER_MSEC)

/* So long before a CPU limit at the earliest the kernel's own clock is started: opening it takes 40 us, the first time 15 ms. */
#define KERNEL_CLOCK_NS (UINT64_C(30) * NSEC_PER_MSEC)

enum source {
	SOURCE_REPORT,
	SOURCE_STDOUT,
	SOURCE_STDERR,
	SOURCE_LISTENER,
	SOURCE_OOM,
	SOURCE_WALL,
	SOURCE_CPU,
	SOURCE_MAIN,
	SOURCE_PIDFD,
	SOURCE_MAX
};

struct step_run {
	sd_event *event;
	sd_event_source *sources[SOURCE_MAX];
	struct sandbox sandbox;
	struct limits limits;
	uint64_t parallelism;
	bool ple_kills, cancelled;
	bool cpu_armed;		  /* the kernel's clock was asked for */
	bool over_cpu, over_wall; /* killed for it */
	unsigned kills;		  /* how often the wall timer had to follow a kill */
	struct step_meter meter;
	struct step_sampler sampler;
	struct fault fault; /* ours; error 0: none */
	step_run_done done;
	void *userdata;
};

static struct step_run *step_run_free(struct step_run *run)
{
	sd_event_unref(run->event);
	free(run);
	return NULL;
}

static uint64_t limit_plus_extra(const struct step_run *run, enum limit_key key)
{
	uint64_t limit = limits_get(&run->limits, key);
	uint64_t extra = limits_get(&run->limits, LIMIT_EXTRA);

	if (limit == LIMIT_NONE)
		return LIMIT_NONE;
	return limit + (extra == LIMIT_NONE ? 0 : extra);
}

static void step_judge(struct step_run *run, struct step_result *step)
{
	const struct judge_facts facts = {
		.wait_status = run->sandbox.wait_status,
		.exec_error = run->sandbox.exec_refused ? run->sandbox.exec_error : 0,
		.cancelled = run->cancelled,
		.ple_kills = run->ple_kills,
		.disk_full = run->sandbox.disk_full,
		.over_gas = run->meter.over_gas,
		.over_cpu = run->over_cpu || run->meter.over_cpu,
		.over_wall = run->over_wall,
		.cpu_limit_ns = limits_get(&run->limits, LIMIT_CPU),
		.wall_limit_ns = limits_get(&run->limits, LIMIT_WALL),
	};

	step->limits = run->limits;
	judge_step(&facts, step);
}

/* PID 1 said nothing about an end: it was killed. By whom decides whose fault that is. */
static void lost_explain(struct step_run *run, struct step_result *step)
{
	struct sandbox *sandbox = &run->sandbox;

	/* Whatever fails after that comes from being killed. */
	if (run->cancelled)
		return;
	if (sandbox->state == SANDBOX_FAILED && !step->oom_killed) {
		step->fault = sandbox->fault;
		return;
	}
	if (sandbox->state == SANDBOX_EXITED)
		return;
	/* The kernel kills all that have one memory, and until its execve the step's process has PID 1's. */
	if (sandbox->state == SANDBOX_STARTING && step->oom_killed) {
		(void)fault_say(
			&step->fault, -ENOMEM, "memory",
			"the step died before it began; is its memory limit too small to start?");
		return;
	}
	/* SIGKILL of the supervisor or of the kernel; the counters say what it was for. */
	sandbox->wait_status = SIGKILL;
	if (sandbox->state == SANDBOX_RUNNING && (sandbox->killed || step->oom_killed))
		return;
	(void)fault_say(&step->fault, -EIO, "agent",
			sandbox->state == SANDBOX_STARTING && sandbox->killed ?
				"the sandbox did not come up in time" :
				"the sandbox's first process was killed");
}

static void sources_drop(struct step_run *run)
{
	for (int i = 0; i < SOURCE_MAX; i++)
		run->sources[i] = sd_event_source_disable_unref(run->sources[i]);
}

static int step_finish(struct step_run *run)
{
	struct step_result step;
	step_run_done done = run->done;
	void *userdata = run->userdata;
	struct fault fault = {0};
	uint64_t before_ns;
	int r;

	step_result_init(&step);
	/* Sources first: their descriptors are closed by the sandbox. */
	sources_drop(run);
	step_sampler_stop(&run->sampler);
	step_meter_end(&run->meter, &step);
	/* Of the group, as the kernel side knows it. */
	before_ns = run->sandbox.prepared_ns + cgroup_step_cpu_base_ns(run->sandbox.slot->cgroup);
	r = sandbox_finish(&run->sandbox, &step, &fault);
	if (run->fault.error < 0)
		step.fault = run->fault;
	else if (step.fault.error == 0)
		lost_explain(run, &step);
	if (r < 0 && step.fault.error == 0)
		step.fault = fault;
	if (run->meter.over_cpu)
		step.cpu_killed_ns = run->meter.cpu_end_ns - before_ns;
	step_judge(run, &step);
	(void)step_run_free(run);
	done(userdata, &step);
	step_result_clear(&step);
	return 0;
}

/* The end must come now; if it does not, on_wall() goes further. */
static void end_expect(struct step_run *run)
{
	uint64_t at = clock_now_ns(CLOCK_MONOTONIC) + GRACE_NS;

	(void)sd_event_source_set_time(run->sources[SOURCE_WALL], at / NSEC_PER_USEC);
	(void)sd_event_source_set_enabled(run->sources[SOURCE_WALL], SD_EVENT_ONESHOT);
}

static void step_kill(struct step_run *run)
{
	sandbox_kill(&run->sandbox);
	end_expect(run);
}

/* Something of ours failed: the first failure is what the result says. */
static void our_fault(struct step_run *run, int error, const char *layer, const char *what)
{
	if (run->fault.error == 0)
		(void)fault_set(&run->fault, error, layer, "%s", what);
	step_kill(run);
}

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
	end_expect(run);
	if (r < 0) {
		our_fault(run, r, "seccomp", "cannot read a denied call");
		return sd_event_source_set_enabled(run->sources[SOURCE_LISTENER], SD_EVENT_OFF);
	}
	return 0;
}

static int io_add(struct step_run *run, enum source which, int fd, sd_event_io_handler_t handler)
{
	return sd_event_add_io(run->event, &run->sources[which], fd, EPOLLIN, handler, run);
}

/* Time is over for it: what is left has the time of dying, and what PID 1 says is taken in the end. */
static int on_main_end(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		       void *userdata)
{
	struct step_run *run = userdata;

	if (run->sandbox.pidfd >= 0)
		(void)sd_event_source_set_enabled(run->sources[SOURCE_REPORT], SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(run->sources[SOURCE_CPU], SD_EVENT_OFF);
	sandbox_on_main_end(&run->sandbox);
	end_expect(run);
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

static int cpu_timer_arm(struct step_run *run, uint64_t used_ns)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);
	uint64_t at =
		deadline_next_ns(now, used_ns, limit_plus_extra(run, LIMIT_CPU), run->parallelism);

	if (at == LIMIT_NONE)
		return 0;
	/* The first look comes early enough to leave the end to the kernel. */
	if (!run->cpu_armed)
		at = MAX(now, at - MIN(at, KERNEL_CLOCK_NS));
	else if (at > now + FINER_CLOCK_NS)
		at -= FINER_CLOCK_NS;
	(void)sd_event_source_set_time(run->sources[SOURCE_CPU], at / NSEC_PER_USEC + 1);
	return sd_event_source_set_enabled(run->sources[SOURCE_CPU], SD_EVENT_ONESHOT);
}

/* CPU time of the program so far. */
static int cpu_used(const struct step_run *run, uint64_t *ret_ns)
{
	uint64_t used;
	int r = cgroup_step_cpu_exact_ns(run->sandbox.slot->cgroup, &used);

	if (r == 0)
		*ret_ns = used - MIN(used, run->sandbox.prepared_ns);
	return r;
}

/* Near the limit the kernel's clock is quicker than any timer of ours; that goes on as the second line. */
static void kernel_clock_arm(struct step_run *run, uint64_t used)
{
	uint64_t limit = limit_plus_extra(run, LIMIT_CPU);
	int r;

	if (limit - used > KERNEL_CLOCK_NS * run->parallelism)
		return;
	r = step_meter_cpu_open(&run->meter, cgroup_step_fd(run->sandbox.slot->cgroup));
	run->cpu_armed = true;
	if (r < 0 && r != -EALREADY)
		return;
	if (r == 0 && cpu_used(run, &used) < 0)
		return;
	(void)step_meter_cpu_start(&run->meter, limit - MIN(used, limit),
				   limit + run->sandbox.prepared_ns +
					   cgroup_step_cpu_base_ns(run->sandbox.slot->cgroup));
}

/* Reads the clock, and kills, or looks again. 0 or -errno of the loop. */
static int cpu_look(struct step_run *run)
{
	uint64_t used = 0;
	int r;

	if (run->sandbox.state != SANDBOX_RUNNING || run->sandbox.killed || run->sandbox.main_ended)
		return 0;
	r = cpu_used(run, &used);
	if (r < 0) {
		our_fault(run, r, "cgroup", "cannot read the step's CPU clock");
		return 0;
	}
	if (used < limit_plus_extra(run, LIMIT_CPU)) {
		kernel_clock_arm(run, used);
		return cpu_timer_arm(run, used);
	}
	run->over_cpu = true;
	step_kill(run);
	return 0;
}

static int on_cpu(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata)
{
	return cpu_look(userdata);
}

/* The wall limit, the time for making the sandbox, or the time for dying is over. */
static int on_wall(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata)
{
	struct step_run *run = userdata;

	if (run->sandbox.state == SANDBOX_RUNNING && !run->sandbox.killed && !run->sandbox.main_ended)
		run->over_wall = true;
	else
		run->kills++;
	if (run->kills > 0)
		sandbox_kill_all(&run->sandbox);
	if (run->kills > 2) {
		/* A group that was killed as a whole kills what is put into it later, too. */
		run->sandbox.slot->broken = run->sandbox.slot->launcher.killed = true;
		(void)cgroup_slot_kill(run->sandbox.slot->cgroup);
	}
	step_kill(run);
	return 0;
}

/* The clocks start with the program. */
static int clocks_start(struct step_run *run)
{
	uint64_t wall = limit_plus_extra(run, LIMIT_WALL);

	if (wall == LIMIT_NONE)
		(void)sd_event_source_set_enabled(run->sources[SOURCE_WALL], SD_EVENT_OFF);
	else
		(void)sd_event_source_set_time(run->sources[SOURCE_WALL],
					       (run->sandbox.started_ns + wall) / NSEC_PER_USEC + 1);
	return cpu_timer_arm(run, 0);
}

static int on_report(sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
		     void *userdata)
{
	struct step_run *run = userdata;
	enum sandbox_state before = run->sandbox.state;
	int more = sandbox_on_report(&run->sandbox), r = sources_follow(run);

	if (r >= 0 && before == SANDBOX_STARTING && run->sandbox.state == SANDBOX_RUNNING &&
	    !run->sandbox.killed) {
		r = clocks_start(run);
		if (r >= 0)
			r = step_sampler_start(&run->sampler, run->event, &run->meter,
					       &run->sandbox);
	}
	if (r < 0)
		our_fault(run, r, "engine", "cannot watch the step");
	if (more > 0)
		return 0;
	/* Nobody will speak any more. With a pidfd the end is near; without one this is it. */
	(void)sd_event_source_set_enabled(run->sources[SOURCE_REPORT], SD_EVENT_OFF);
	if (more < 0) {
		our_fault(run, more, "agent", "the sandbox's reports cannot be read");
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
		our_fault(run, r, "stdio", "cannot take the step's output");
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
	end_expect(run);
	return 0;
}

static int timers_add(struct step_run *run)
{
	uint64_t startup = (run->sandbox.asked_ns + STARTUP_NS) / NSEC_PER_USEC;
	int r = sd_event_add_time(run->event, &run->sources[SOURCE_WALL], CLOCK_MONOTONIC, startup,
				  1, on_wall, run);

	if (r >= 0)
		r = sd_event_add_time(run->event, &run->sources[SOURCE_CPU], CLOCK_MONOTONIC, 0, 1,
				      on_cpu, run);
	if (r >= 0)
		r = sd_event_source_set_enabled(run->sources[SOURCE_CPU], SD_EVENT_OFF);
	return r;
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
	return r >= 0 ? timers_add(run) : r;
}

/* The kernel side has killed the caller; what makes no calls dies here. */
static void on_meter(void *userdata)
{
	step_kill(userdata);
}

static void on_cpu_spent(void *userdata)
{
	(void)cpu_look(userdata);
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
	run->userdata = options->userdata;
	r = sandbox_begin(run, slot, spec, options->meter, fault);
	if (r < 0) {
		step_meter_end(&run->meter, NULL);
		(void)step_run_free(run);
		return r;
	}
	r = sources_add(run);
	if (r < 0) {
		/* The loop cannot watch it: it must not run. Its end is awaited in place. */
		struct step_result step;

		sources_drop(run);
		step_result_init(&step);
		sandbox_wait_dead(&run->sandbox);
		step_meter_end(&run->meter, NULL);
		(void)sandbox_finish(&run->sandbox, &step, NULL);
		step_result_clear(&step);
		(void)step_run_free(run);
		return fault_set(fault, r, "engine", "cannot watch the step");
	}
	*ret_run = run;
	/* Now, and not when it has started: PID 1 has the order, and this may take the CPU that the program is to get. */
	if (options->ordered != NULL)
		options->ordered(options->userdata);
	return 0;
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
	sources_drop(run);
	sandbox_wait_dead(&run->sandbox);
	(void)step_finish(run);
}
