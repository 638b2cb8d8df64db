/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks end a step, each at limit + extra: a one-shot timer for wall time, and looks at the group's CPU time at computed deadlines (deadline.c), of
 * which the last is left to the kernel's own clock. Before the step runs, the wall timer limits how long its sandbox may take to make; after a
 * kill, how long it may take to die.
 */

#include "supervisor/engine/step-run-internal.h"

#include "lib/base/clock.h"
#include "supervisor/engine/deadline.h"

/* A sandbox that is not running by then hangs in its making: under load that takes some ms. */
#define STARTUP_NS (UINT64_C(20) * NSEC_PER_SEC)

/* Between a kill and the next, harder one: dying takes less than a ms, and longer under load or with much memory. */
#define GRACE_NS (UINT64_C(3) * NSEC_PER_SEC)

/* So long before the next look at it the clock is made finer: its periods are a part of what is left. */
#define FINER_CLOCK_NS (UINT64_C(2) * NSEC_PER_MSEC)

/* So long before a CPU limit at the earliest the kernel's own clock is started: opening it takes 40 us, the first time 15 ms. */
#define KERNEL_CLOCK_NS (UINT64_C(30) * NSEC_PER_MSEC)

static uint64_t limit_plus_extra(const struct step_run *run, enum limit_key key)
{
	uint64_t limit = limits_get(&run->limits, key);
	uint64_t extra = limits_get(&run->limits, LIMIT_EXTRA);

	if (limit == LIMIT_NONE)
		return LIMIT_NONE;
	return limit + (extra == LIMIT_NONE ? 0 : extra);
}

void step_end_expect(struct step_run *run)
{
	if (run->sources[SOURCE_WALL] != NULL)
		(void)loop_in(run->sources[SOURCE_WALL], GRACE_NS);
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
	return loop_at(run->sources[SOURCE_CPU], at);
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

void step_clock_look(struct step_run *run)
{
	uint64_t used = 0;
	int r;

	if (run->sandbox.state != SANDBOX_RUNNING || run->sandbox.killed || run->sandbox.main_ended)
		return;
	r = cpu_used(run, &used);
	if (r < 0) {
		step_our_fault(run, r, "cgroup", "cannot read the step's CPU clock");
		return;
	}
	if (used >= limit_plus_extra(run, LIMIT_CPU)) {
		run->over_cpu = true;
		step_kill(run);
		return;
	}
	kernel_clock_arm(run, used);
	r = cpu_timer_arm(run, used);
	if (r < 0)
		step_our_fault(run, r, "engine", "cannot watch the step's CPU clock");
}

static void on_cpu(void *userdata)
{
	step_clock_look(userdata);
}

/* The wall limit, the time for making the sandbox, or the time for dying is over. */
static void on_wall(void *userdata)
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
}

int step_clocks_start(struct step_run *run)
{
	uint64_t wall = limit_plus_extra(run, LIMIT_WALL);
	int r = 0;

	if (wall == LIMIT_NONE)
		loop_off(run->sources[SOURCE_WALL]);
	else
		r = loop_at(run->sources[SOURCE_WALL], run->sandbox.started_ns + wall);
	return r < 0 ? r : cpu_timer_arm(run, 0);
}

int step_clocks_add(struct step_run *run)
{
	int r = loop_once(run->loop, &run->sources[SOURCE_WALL], LOOP_NORMAL, on_wall, run);

	if (r == 0)
		r = loop_once(run->loop, &run->sources[SOURCE_CPU], LOOP_NORMAL, on_cpu, run);
	return r < 0 ? r : loop_in(run->sources[SOURCE_WALL], STARTUP_NS);
}
