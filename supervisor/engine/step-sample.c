/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer of its own, behind everything that is about limits and ends: on a busy engine samples come late, and no deadline does.
 * Only a step whose events somebody takes has one.
 *
 * A sample costs 0.1 ms. While nothing changes, because the program sleeps or waits for a CPU, they are taken less and less often.
 */

#include "supervisor/engine/step-sample.h"

#include "lib/base/clock.h"

#define FIRST_USEC UINT64_C(1000)
#define EVERY_USEC UINT64_C(10000)
#define EVERY_USEC_MAX UINT64_C(80000)
#define LATE_USEC UINT64_C(500)

enum { PRIORITY = SD_EVENT_PRIORITY_NORMAL + 15 }; /* after an end (10), before more events (20) */

/* Whether a curve through the two would show something: a tenth of the time computed, or anything else. */
static bool differs(const struct cgroup_sample *now, const struct cgroup_sample *before)
{
	return now->cpu_ns - before->cpu_ns >= EVERY_USEC * NSEC_PER_USEC / 10 ||
	       now->memory_bytes != before->memory_bytes || now->processes != before->processes;
}

static void sample_take(struct step_sampler *sampler)
{
	struct cgroup_sample now;

	/* A file that cannot be read any more: a figure is missing, which is no reason to end a step. */
	if (cgroup_sampler_read(&sampler->files, &now) < 0)
		return;
	step_meter_sample(sampler->meter, &now);
	sampler->every_usec = differs(&now, &sampler->latest) ?
				      EVERY_USEC :
				      MIN(2 * sampler->every_usec, EVERY_USEC_MAX);
	sampler->latest = now;
}

static int on_timer(sd_event_source *source, uint64_t usec _unused_, void *userdata)
{
	struct step_sampler *sampler = userdata;

	sample_take(sampler);
	(void)sd_event_source_set_time_relative(source, sampler->every_usec);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int step_sampler_start(struct step_sampler *sampler, sd_event *event, struct step_meter *meter,
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
	sampler->every_usec = EVERY_USEC;
	sampler->latest = (struct cgroup_sample){0};
	r = sd_event_add_time_relative(event, &sampler->timer, CLOCK_MONOTONIC, FIRST_USEC,
				       LATE_USEC, on_timer, sampler);
	if (r >= 0)
		r = sd_event_source_set_priority(sampler->timer, PRIORITY);
	if (r < 0) {
		sampler->timer = sd_event_source_disable_unref(sampler->timer);
		cgroup_sampler_close(&sampler->files);
	}
	return MIN(r, 0);
}

void step_sampler_stop(struct step_sampler *sampler)
{
	if (sampler->timer == NULL)
		return;
	sampler->timer = sd_event_source_disable_unref(sampler->timer);
	sample_take(sampler);
	cgroup_sampler_close(&sampler->files);
}
