/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The canonical digest: equal for two runs that did the same, whatever the clock, the host's numbers and the order in which
 * the kernel ran the threads. docs/trace-format.md says exactly what goes into it.
 */

#include <stdbool.h>

#include "lib/trace/chunk.h"

enum {
	TRACE_THREADS_MAX = 1 << 18
}; /* of a step; over it there is no digest (24 MiB are then in use) */

struct trace_canonical;

/* 0 or -ENOMEM; the caller owns *ret_canonical. */
int trace_canonical_new(struct trace_canonical **ret_canonical);

/* Returns NULL; `canonical` may be NULL. */
struct trace_canonical *trace_canonical_free(struct trace_canonical *canonical);

/*
 * Takes the next event of the step. `call` says what the arguments of its call are; NULL when it makes no call, or
 * one that the trace does not name. 0 or -ENOMEM.
 */
int trace_canonical_event(struct trace_canonical *canonical, const struct event *event,
			  const struct trace_call *call);

/* The digest of the step. No event may follow. False when there is none: too many threads, or no memory. */
bool trace_canonical_finish(struct trace_canonical *canonical,
			    uint8_t ret_digest[static TRACE_HASH_BYTES]);

/* The digest of a trace from those of its steps, in the order of their numbers: `digests` are n * TRACE_HASH_BYTES bytes. */
void trace_canonical_total(const uint8_t *digests, uint32_t n,
			   uint8_t ret_digest[static TRACE_HASH_BYTES]);
