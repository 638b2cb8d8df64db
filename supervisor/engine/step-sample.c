/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer of its own, behind everything that is about limits and ends: on a busy engine samples come late, and no deadline does.
 * Only a step whose events somebody takes has one.
 *
 * A sample costs 0.1 ms. While nothing changes, because the program sleeps or waits for a CPU, they are taken less and less often.
 */

#include "supervisor/engine/step-sample.h"

#include "lib/base/clock.h"

#define FIRST_NS (UINT64_C(1) * NSEC_PER_MSEC)
#define EVERY_NS (UINT64_C(10) * NSEC_PER_MSEC)
#define EVERY_NS_MAX (UINT64_C(80) * NSEC_PER_MSEC)

/* Whether a curve through the two would show something: a tenth of the time computed, or anything else. */
static bool differs(const struct cgroup_sample *now, const struct cgroup_sample *before)
{
	return now->cpu_ns - before->cpu_ns >= EVERY_NS / 10 ||
	       now->memory_bytes != before->memory_bytes || now->processes != before->processes;
}

static void sample_take(struct step_sampler *sampler)
{
	struct cgroup_sample now;

	/* A file that cannot be read any more: a figure is missing, which is no reason to end a step. */
	if (cgroup_sampler_read(&sampler->files, &now) < 0)
		return;
	step_meter_sample(sampler->meter, &now);
	sampler->every_ns = differs(&now, &sampler->latest) ?
				    EVERY_NS :
				    MIN(2 * sampler->every_ns, EVERY_NS_MAX);
	sampler->latest = now;
}

static void on_timer(void *userdata)
{
	struct step_sampler *sampler = userdata;

	sample_take(sampler);
	(void)loop_in(sampler->timer, sampler->every_ns);
}

int step_sampler_start(struct step_sampler *sampler, struct loop *loop, struct step_meter *meter,
		       const struct sandbox *sandbox)
{
	int r;

	if (!step_meter_is_traced(meter))
		return 0;
	r = cgroup_sampler_open(sandbox->slot->cgroup, sandbox->baseline_bytes,
				sandbox->prepared_ns, &sampler->files);
	if (r < 0)
		return r;
	sampler->meter = meter;
	sampler->every_ns = EVERY_NS;
	sampler->latest = (struct cgroup_sample){0};
	r = loop_once(loop, &sampler->timer, LOOP_SAMPLE, on_timer, sampler);
	if (r == 0)
		r = loop_in(sampler->timer, FIRST_NS);
	if (r < 0) {
		sampler->timer = loop_drop(sampler->timer);
		cgroup_sampler_close(&sampler->files);
	}
	return r;
}

void step_sampler_stop(struct step_sampler *sampler)
{
	if (sampler->timer == NULL)
		return;
	sampler->timer = loop_drop(sampler->timer);
	sample_take(sampler);
	cgroup_sampler_close(&sampler->files);
}
