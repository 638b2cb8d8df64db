/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How long it took a thread to get from its event before to this one. An event is made when a call returns, so this is the call
 * and what the program computed before it: where its time went, by what it did next.
 */

#include <stdint.h>

#include "lib/contract/event.h"

enum {
	TRACE_TIMES_SLOTS = 4096
}; /* threads at once that are told apart; with more, some spans are lost */

/* All zeros is an empty one. */
struct trace_times {
	struct {
		uint32_t step, tid;
		uint64_t ts_ns;
	} slots[TRACE_TIMES_SLOTS];
};

/* The span in ns up to `event`; 0 for the first of a thread. */
static inline uint64_t trace_time_span(struct trace_times *times, uint32_t step,
				       const struct event *event)
{
	uint32_t i = (event->tid + step * 977) % TRACE_TIMES_SLOTS;
	uint64_t span = 0;

	if (times->slots[i].tid == event->tid && times->slots[i].step == step &&
	    event->ts_ns > times->slots[i].ts_ns)
		span = event->ts_ns - times->slots[i].ts_ns;
	times->slots[i].step = step;
	times->slots[i].tid = event->kind == EVENT_EXIT ? 0 : event->tid;
	times->slots[i].ts_ns = event->ts_ns;
	return span;
}
