/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a step: all in its sandbox is dead. What was counted, what was said and what was noted meanwhile become its result.
 */

#include "supervisor/engine/step-run-internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "supervisor/engine/judge.h"

struct step_run *step_run_free(struct step_run *run)
{
	free(run);
	return NULL;
}

void step_kill(struct step_run *run)
{
	sandbox_kill(&run->sandbox);
	step_end_expect(run);
}

void step_our_fault(struct step_run *run, int error, const char *layer, const char *what)
{
	if (run->fault.error == 0)
		(void)fault_set(&run->fault, error, layer, "%s", what);
	step_kill(run);
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
	bool began = sandbox->state != SANDBOX_STARTING && sandbox->state != SANDBOX_HELD;

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
	if (!began && step->oom_killed) {
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
			!began && sandbox->killed ? "the sandbox did not come up in time" :
						    "the sandbox's first process was killed");
}

void step_sources_drop(struct step_run *run)
{
	for (int i = 0; i < SOURCE_MAX; i++)
		run->sources[i] = loop_drop(run->sources[i]);
}

void step_forget(struct step_run *run)
{
	struct step_result step;

	step_result_init(&step);
	step_sources_drop(run);
	step_sampler_stop(&run->sampler);
	step_meter_end(&run->meter, NULL);
	(void)sandbox_finish(&run->sandbox, &step, NULL);
	step_result_clear(&step);
	(void)step_run_free(run);
}

void step_finish(struct step_run *run)
{
	struct step_result step;
	step_run_done done = run->done;
	void *userdata = run->userdata;
	struct fault fault = {0};
	uint64_t before_ns;
	int r;

	step_result_init(&step);
	/* Sources first: their descriptors are closed by the sandbox. */
	step_sources_drop(run);
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
}
