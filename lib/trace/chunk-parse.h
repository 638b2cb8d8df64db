/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* msgpack into a chunk, and a chunk into events. */

#include <stddef.h>

#include "lib/trace/chunk.h"

/*
 * Reads the payload of a chunk with `events` events into `chunk`, whose texts then point into `data`; what it says of calls
 * goes into `calls` (TRACE_CALLS_MAX of them). NULL, or what is wrong: a clause, a constant. Whatever the bytes are, nothing
 * outside these arrays is touched; `chunk` and `calls` are of no use after a failure.
 */
const char *chunk_parse(const void *data, size_t size, uint32_t events, struct trace_chunk *chunk,
			struct trace_call *calls);

/* Where the reading of a parsed chunk stands; all zeros before the first event. */
struct chunk_cursor {
	uint32_t event, ref;
};

/*
 * The next event; its texts point into the chunk's data. The caller knows that there is one (cursor->event < chunk->n).
 * NULL, or what is wrong with it, a constant.
 */
const char *chunk_next(struct trace_chunk *chunk, struct chunk_cursor *cursor,
		       struct event *ret_event);
