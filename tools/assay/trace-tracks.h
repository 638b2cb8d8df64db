/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Threads as tracks on one line of time: a trace has times since each step's start and numbers that come again; pictures
 * want one clock and numbers that mean one thing. A step begins where the one before it ended, or beside it when both ran at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/trace/reader.h"

enum {
	TRACKS_MAX = 4096
}; /* threads that are under way at once; of two that meet in the table the older one ends */

struct track {
	uint32_t step, pid, tid;
	bool is_open;
	uint64_t begin_ns, latest_ns; /* on the common line */
	uint64_t id, parent;	      /* numbers from 1 in the order of appearance; 0: none */
	int status;		      /* wait status, at its end */
	bool has_status;
	char comm[EVENT_COMM_BYTES];
	char program[128]; /* of its last exec, with a NUL; "" before one */
};

struct tracks {
	struct track tracks[TRACKS_MAX];
	uint64_t *offsets; /* of steps, + 1; TRACE_STEPS_MAX */
	uint64_t end_ns, n;
	void (*opened)(const struct track *track, void *context); /* either may be NULL */
	void (*closed)(const struct track *track, void *context);
	void *context;
};

/* 0 or -ENOMEM. */
int tracks_init(struct tracks *tracks);
void tracks_clear(struct tracks *tracks);

/*
 * Takes an event: opens its thread's track, and those that it announces. Returns the track (lent until the next call),
 * and in *ret_begin_ns when the span up to the event began: at the thread's event before.
 */
const struct track *tracks_event(struct tracks *tracks, const struct trace_item *item,
				 uint64_t *ret_begin_ns);

/* After the caller is done with the event: closes the track when it was the thread's last. */
void tracks_after(struct tracks *tracks, const struct trace_item *item);

/* Closes all that are open. */
void tracks_end(struct tracks *tracks);
