/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step is metered from the making of its group to the death of everything in it: both ends are outside of the program's life, so
 * nothing that it does can come too early or too late to be counted.
 *
 * That the kernel side's account adds up is checked at each end. When it does not, the step's figures are no evidence, and the verdict is
 * ours (IE).
 */

#include "supervisor/engine/step-meter.h"

#include <errno.h>

#include "supervisor/policy/policy-refusal.h"

void step_meter_init(struct step_meter *meter, const struct step_meter_spec *spec,
		     const struct step_meter_hooks *hooks, void *userdata)
{
	*meter = (struct step_meter){.spec = *spec, .hooks = *hooks, .userdata = userdata};
}

static void on_event(void *userdata, const struct event *event)
{
	const struct step_meter *meter = userdata;

	meter->spec.event(meter->spec.userdata, event);
}

static void on_ended(void *userdata, enum probe_end why _unused_)
{
	const struct step_meter *meter = userdata;

	meter->hooks.ended(meter->userdata);
}

static void on_cpu_spent(void *userdata)
{
	const struct step_meter *meter = userdata;

	meter->hooks.cpu_spent(meter->userdata);
}

static void on_hold(void *userdata, bool held)
{
	const struct step_meter *meter = userdata;

	meter->hooks.hold(meter->userdata, held);
}

static bool on_failure(void *userdata, int nr, const uint64_t args[static EVENT_ARGS], int64_t ret)
{
	const struct step_meter *meter = userdata;

	return policy_filter_refuses(meter->spec.filter, nr, args, ret);
}

int step_meter_begin(struct step_meter *meter, int group_fd, struct fault *fault)
{
	struct probe_spec spec = {
		.group_fd = group_fd,
		.schedule = meter->spec.schedule,
		.gas_limit = meter->spec.gas_limit,
		.network = meter->spec.network,
		.level = meter->spec.level,
		.on_loss = meter->spec.on_loss,
		.denials = meter->spec.denials,
		.callbacks = {.event = meter->spec.event != NULL ? on_event : NULL,
			      .ended = on_ended,
			      .refused = meter->spec.filter != NULL ? on_failure : NULL,
			      .cpu_spent = on_cpu_spent,
			      .hold = on_hold},
		.userdata = meter,
	};

	if (meter->spec.filter != NULL)
		policy_filter_refusals(meter->spec.filter, spec.refusals);
	return probe_begin(meter->spec.probe, &spec, &meter->step, fault);
}

int step_meter_cpu_open(struct step_meter *meter, int group_fd)
{
	return meter->step == NULL ? -ENOTSUP : probe_cpu_open(meter->step, group_fd);
}

int step_meter_cpu_start(struct step_meter *meter, uint64_t left_ns, uint64_t total_ns)
{
	return probe_cpu_start(meter->step, left_ns, total_ns);
}

bool step_meter_is_traced(const struct step_meter *meter)
{
	return meter->step != NULL && meter->spec.event != NULL &&
	       meter->spec.level != TRACE_LEVEL_COUNTERS;
}

void step_meter_sample(struct step_meter *meter, const struct cgroup_sample *sample)
{
	const struct probe_sample own = {
		.memory_bytes = sample->memory_bytes,
		.cpu_ns = sample->cpu_ns,
		.processes = sample->processes,
	};

	probe_sample(meter->step, &own);
}

void step_meter_out_of_memory(struct step_meter *meter)
{
	if (meter->step != NULL)
		probe_out_of_memory(meter->step);
}

void step_meter_end(struct step_meter *meter, struct step_result *step)
{
	struct probe_report report;
	int r;

	if (meter->step == NULL)
		return;
	r = probe_end(TAKE_PTR(meter->step), &report);
	meter->over_gas = report.end == PROBE_END_GAS;
	meter->over_cpu = report.end == PROBE_END_CPU;
	meter->cpu_end_ns = report.cpu_end_ns;
	if (step == NULL)
		return;
	step->counters = report.counters;
	step->gas = report.gas;
	if (r < 0)
		(void)fault_say(
			&step->fault, r, "bpf",
			"what the kernel counted does not add up: gas %llu, events %llu, taken %llu, lost %llu",
			(unsigned long long)report.gas.used, (unsigned long long)report.seq_end,
			(unsigned long long)report.received, (unsigned long long)report.lost);
	else if (report.end == PROBE_END_LOSS)
		(void)fault_say(&step->fault, -ENOBUFS, "trace",
				"events were lost, and the step was to end then (on-loss kill)");
}
