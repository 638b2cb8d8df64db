/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a record of the kernel side to an event. */

#include <stdbool.h>

#include "bpf/abi/record.h"
#include "lib/contract/event.h"

struct decoder;

/* One per step: it remembers the names of threads, which only some records carry. NULL: no memory. */
struct decoder *decoder_new(void);

/* Returns NULL. */
struct decoder *decoder_free(struct decoder *decoder);

/*
 * Makes an event of `size` bytes at `record`; its texts point into the record and into the decoder, and are valid until either is used again. False:
 * the bytes are no record of this version, which cannot happen with programs of the same build.
 */
bool decoder_event(struct decoder *decoder, const struct probe_head *record, size_t size,
		   struct event *ret_event);

/* What an event's time would be at `ns` of CLOCK_MONOTONIC. False before the step's first event. */
bool decoder_time(const struct decoder *decoder, uint64_t ns, uint64_t *ret_ns);

/*
 * The last touch, after it is known whether a call was refused: calls on sockets become events of the network, and registers that are no
 * arguments of the call are zeroed (a seccomp filter may look at all six).
 */
void decode_finish(struct event *event);
