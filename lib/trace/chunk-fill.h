/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Events into a chunk, and a chunk into msgpack. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/mem.h"
#include "lib/trace/chunk.h"

struct chunk_fill;

/* Which calls the file has said the names of already: a bit for each number. */
struct chunk_calls {
	uint64_t bits[TRACE_CALLS_MAX / 64];
};

enum { CHUNK_NUMBER_BYTES = 9 }; /* of the longest number */

/* An empty chunk of the step. 0 or -ENOMEM; the caller owns *ret_fill (1 MiB). */
int chunk_fill_new(uint32_t step, const char *name, struct chunk_fill **ret_fill);

/* Returns NULL; `fill` may be NULL. */
struct chunk_fill *chunk_fill_free(struct chunk_fill *fill);

/* Whether the chunk takes no further event before it is packed. */
bool chunk_fill_is_full(const struct chunk_fill *fill);

/* How many events are in it. */
uint32_t chunk_fill_count(const struct chunk_fill *fill);

/*
 * Appends an event to a chunk that is not full. Arguments beyond those that the call has are left out, texts are cut to
 * EVENT_TEXT_BYTES (EVENT_TRUNCATED is set then). 0, or -EINVAL for a kind that is none.
 */
int chunk_fill_event(struct chunk_fill *fill, const struct event *event);

/*
 * Packs the chunk and empties it. *ret_data belongs to the chunk and is valid until the next call. `said` says which
 * calls need no name any more, and is brought up to date. 0 or -ENOMEM.
 */
int chunk_fill_pack(struct chunk_fill *fill, struct chunk_calls *said, const void **ret_data,
		    size_t *ret_size);

/*
 * Writes a number as msgpack's packer does, which takes a call for each and would be most of the writer's time. Eight bytes are written behind the
 * type whatever the width, so there must be room for CHUNK_NUMBER_BYTES. Returns the end of the number.
 */
uint8_t *chunk_lay_number(uint8_t *at, int64_t value);

/* What the table of calls says of a number, as a trace does. False when it has none. */
bool chunk_call_of(int nr, struct trace_call *ret_call);
