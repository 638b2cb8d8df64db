/* SPDX-License-Identifier: Apache-2.0 */

/*
 * "Nothing was lost" is a claim that a reader can check: sequence numbers run without a hole but where a GAP says how many are
 * missing, the END says how many numbers were given, and the two agree. Every event but GAP, SAMPLE and END has a number
 * of its own; a GAP has that of the first event that is missing, SAMPLE and END have the next one that would have been given.
 */

#include "lib/trace/counts.h"

#include <stdio.h>
#include <string.h>

void trace_counts_event(struct trace_counts *counts, const struct event *event)
{
	counts->kinds[event->kind % TRACE_KINDS_MAX]++;
	counts->events++;
	if (event->seq != counts->seq)
		counts->skipped++;
	if (counts->ended)
		counts->after_end++;
	if (event->kind == EVENT_END) {
		counts->ended = true;
		counts->end_seq = event->args[0];
		counts->end_received = event->args[1];
		counts->end_lost = event->args[2];
		counts->seq = event->seq;
		return;
	}
	if (event->kind == EVENT_GAP)
		counts->lost += event->args[0];
	else if (event->kind != EVENT_SAMPLE)
		counts->received++;
	counts->seq = trace_seq_after(event);
}

const char *trace_counts_key(unsigned int kind, char *buffer, size_t size)
{
	const char *name = event_kind_name(kind);

	if (name)
		(void)snprintf(buffer, size, "kind.%s", name);
	else
		(void)snprintf(buffer, size, "kind.%u", kind);
	return buffer;
}

int trace_counts_record(const struct trace_counts *counts, struct trace_record *record)
{
	char key[32];
	int r = trace_record_set_number(record, "events", counts->events);

	if (r == 0)
		r = trace_record_set_number(record, "received", counts->received);
	if (r == 0)
		r = trace_record_set_number(record, "lost", counts->lost);
	if (r == 0)
		r = trace_record_set_number(record, "seq_end", counts->seq);
	for (unsigned int kind = 0; r == 0 && kind < TRACE_KINDS_MAX; kind++)
		if (counts->kinds[kind])
			r = trace_record_set_number(record, trace_counts_key(kind, key, sizeof(key)),
						    counts->kinds[kind]);
	return r;
}

const char *trace_counts_check(const struct trace_counts *counts)
{
	if (counts->events == 0)
		return NULL; /* the level of counters */
	if (counts->skipped)
		return "has events whose sequence numbers do not follow each other, without a gap that says so";
	if (!counts->ended)
		return "has no end event";
	if (counts->after_end)
		return "has events after its end";
	if (counts->end_seq != counts->seq || counts->end_received != counts->received ||
	    counts->end_lost != counts->lost)
		return "has an end event that counts other events than there are";
	if (counts->seq != counts->received + counts->lost)
		return "lost events that no gap speaks of";
	return NULL;
}

static bool differs(const struct trace_record *record, const char *key, uint64_t number)
{
	uint64_t said = 0;

	return (trace_record_number(record, key, &said) < 0 && number != 0) || said != number;
}

const char *trace_counts_compare(const struct trace_counts *counts,
				 const struct trace_record *record)
{
	char key[32];

	if (differs(record, "events", counts->events))
		return "events";
	if (differs(record, "received", counts->received))
		return "received";
	if (differs(record, "lost", counts->lost))
		return "lost";
	if (differs(record, "seq_end", counts->seq))
		return "seq_end";
	for (unsigned int kind = 0; kind < TRACE_KINDS_MAX; kind++)
		if (differs(record, trace_counts_key(kind, key, sizeof(key)), counts->kinds[kind]))
			return event_kind_name(kind) ? event_kind_name(kind) : "kind";
	return NULL;
}
