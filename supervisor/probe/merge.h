/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One sandbox's records in order of their numbers. They come from several rings, each in its own order; what comes too early is copied
 * and waits. What is known to be lost is told as a gap.
 */

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi/record.h"

struct merge {
	uint64_t next;		     /* the number that is delivered next */
	uint64_t received, gaps;     /* records delivered; numbers told as missing */
	struct probe_head **waiting; /* by number modulo `room`, owned; NULL: nothing there */
	size_t room, n_waiting;
	void (*deliver)(void *userdata, const struct probe_head *record, size_t size);
	void (*gap)(void *userdata, uint64_t first, uint64_t count);
	void *userdata;
};

/* Delivers a record, and what waited for it; or copies it. 0, or -ENOMEM: the record is not kept. */
int merge_add(struct merge *merge, const struct probe_head *record, size_t size);

/* Every number below `end` that is not there is lost: what waits is delivered, with gaps. */
void merge_advance(struct merge *merge, uint64_t end);

/* Frees what waits. */
void merge_clear(struct merge *merge);
