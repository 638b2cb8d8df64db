/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples of a step among its events. The caller reads the figures; here they get their time and their place.
 *
 * An event may lie in its ring for long, since nobody is woken for it: a sample that were told at once would come before events
 * that are older. So what the rings hold is delivered first, and the sample stands before the first event that is younger. When
 * a batch is not all that the rings hold, the sample waits until such an event comes, the next sample is taken, or the step ends.
 */

#include "lib/base/clock.h"
#include "supervisor/probe/probe-internal.h"

enum { BATCH_EVENTS = 4096 }; /* some 100 us */

void probe_sample(struct probe_step *step, const struct probe_sample *sample)
{
	if (step->decoder == NULL)
		return;
	probe_sample_tell(step, step->merge.next);
	step->sample = *sample;
	step->sample_gas =
		__atomic_load_n(&probe_step_state(step)->counts.gas_used, __ATOMIC_RELAXED);
	step->sample_ns = clock_now_ns(CLOCK_MONOTONIC);
	if (probe_drain(step->probe, BATCH_EVENTS) < BATCH_EVENTS)
		probe_sample_tell(step, step->merge.next);
	else
		probe_more(step->probe);
}

void probe_sample_tell(struct probe_step *step, uint64_t seq)
{
	struct event event = {
		.seq = seq,
		.kind = EVENT_SAMPLE,
		.nr = -1,
		.args = {[EVENT_SAMPLE_MEMORY_BYTES] = step->sample.memory_bytes,
			 [EVENT_SAMPLE_CPU_NS] = step->sample.cpu_ns,
			 [EVENT_SAMPLE_PROCESSES] = step->sample.processes},
		.gas_after = step->sample_gas,
	};
	uint64_t at = step->sample_ns;

	step->sample_ns = 0;
	/* Before the first event there is no program, and no time. */
	if (at != 0 && decoder_time(step->decoder, at, &event.ts_ns))
		step->callbacks.event(step->userdata, &event);
}
