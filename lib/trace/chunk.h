/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A chunk of events by columns: what writer and reader share. Each column holds differences to what is expected, so
 * that most numbers are 0: the next sequence number, the time and gas of the event before, the arguments and result of
 * the latest event of the same kind and call.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/contract/syscall.h"
#include "lib/trace/format.h"

enum {
	TRACE_KINDS_MAX = 64, /* kinds that a file may hold: more than are known today */
	TRACE_KEYS = TRACE_CALLS_MAX + TRACE_KINDS_MAX,
	/* An event's numbers lie in as many columns: at powers of two they would all want the same lines of a core's cache. */
	TRACE_COLUMN_ROOM = TRACE_EVENTS_MAX + 8,
};

struct trace_thread {
	uint32_t pid, tid;
	char comm[EVENT_COMM_BYTES]; /* NUL to the end */
};

/* What a trace says of a call number: its name and what its arguments are. */
struct trace_call {
	char name[TRACE_CALL_NAME_BYTES]; /* "" where the trace says nothing */
	uint8_t n_args;
	uint8_t args[SYSCALL_ARGS]; /* enum syscall_arg */
	uint8_t returns;
};

/* What is expected of the next event. All zeros at the start of a chunk, but for seq, ts_ns and gas. */
struct trace_expected {
	uint64_t seq, ts_ns, gas;
	uint64_t args[TRACE_KEYS][EVENT_ARGS];
	uint64_t ret[TRACE_KEYS];
};

struct trace_chunk {
	uint32_t step;
	char step_name[TRACE_STEP_NAME_BYTES];
	uint64_t seq, ts_ns, gas; /* of the first event */
	uint32_t n, n_threads, n_texts, n_refs;
	int64_t columns[TRACE_COLUMNS][TRACE_COLUMN_ROOM];
	int64_t refs[TRACE_REFS_MAX]; /* indices into `texts`, for each text of each event */
	struct trace_thread threads[TRACE_EVENTS_MAX];
	struct event_bytes texts[TRACE_REFS_MAX];
	struct trace_expected expected;
};

/* Which expectation an event belongs to: that of its call, or that of its kind. `kind` is below TRACE_KINDS_MAX. */
static inline unsigned int trace_key_of(uint16_t kind, int32_t nr)
{
	if (kind == EVENT_SYSCALL && nr >= 0 && nr < TRACE_CALLS_MAX)
		return (unsigned int)nr;
	return TRACE_CALLS_MAX + kind;
}

/*
 * Whether the event is a call that returned: one of kind SYSCALL, one on a socket, which is of kind NET, or one that the filter answered
 * with an error, which is of kind DENIED.
 */
static inline bool trace_is_call(const struct event *event)
{
	if (event->kind == EVENT_SYSCALL)
		return true;
	return event->nr >= 0 &&
	       (event->kind == EVENT_NET || (event->kind == EVENT_DENIED && event->ret < 0));
}

/* The sequence number after an event: a gap stands for as many as it says, a sample has none of its own. */
static inline uint64_t trace_seq_after(const struct event *event)
{
	if (event->kind == EVENT_SAMPLE)
		return event->seq;
	return event->seq + (event->kind == EVENT_GAP ? event->args[0] : 1);
}
