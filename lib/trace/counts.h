/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is counted of a step, by writer and verifier alike: the two must agree. */

#include <stdbool.h>

#include "lib/trace/chunk.h"
#include "lib/trace/record.h"

struct trace_counts {
	uint64_t kinds[TRACE_KINDS_MAX];
	uint64_t events; /* that are in the trace, whatever their kind */
	uint64_t received; /* of them those with a sequence number of their own: all but gaps, samples and the end */
	uint64_t lost;	    /* what gaps say */
	uint64_t seq;	    /* the next number */
	uint64_t skipped;   /* places where a number was left out without a gap, or came twice */
	bool ended;	    /* EVENT_END was there */
	uint64_t after_end; /* events that came after it */
	uint64_t end_seq, end_received, end_lost; /* what it says */
};

void trace_counts_event(struct trace_counts *counts, const struct event *event);

/* Adds "events", "received", "lost", "seq_end" and "kind.NAME" to a record. 0 or as trace_record_set(). */
int trace_counts_record(const struct trace_counts *counts, struct trace_record *record);

/* NULL, or what does not fit among the counts themselves: a clause, a constant. */
const char *trace_counts_check(const struct trace_counts *counts);

/* NULL, or the key (a constant) whose number in `record` differs. */
const char *trace_counts_compare(const struct trace_counts *counts,
				 const struct trace_record *record);

/* "kind.syscall" of a kind, or "kind.N" of one without a name; cut to `size`. */
const char *trace_counts_key(unsigned int kind, char *buffer, size_t size);
