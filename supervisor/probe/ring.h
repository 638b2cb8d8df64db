/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading a BPF ring buffer record by record. libbpf 1.1 can only empty a ring as a whole, in the order of one ring; here the
 * caller chooses the next ring and when to stop.
 */

#include <stddef.h>
#include <stdint.h>

struct ring {
	int fd;			  /* the map, owned */
	uint64_t *consumer;	  /* shared, written here */
	const uint64_t *producer; /* shared, written by the kernel */
	const char *data;
	uint64_t mask;
	uint64_t at, end; /* what has been read; up to where there is more, as last seen */
	size_t page;
};

/* What stands at a ring's head. */
enum ring_state {
	RING_EMPTY = 0,
	RING_RECORD,
	RING_BUSY, /* a record is being written */
};

/* Makes a ring of `bytes` (a power of two, whole pages). 0 or -errno; on success the caller closes it. */
int ring_open(size_t bytes, struct ring *ring);

/* The same with one that was made before, of the same size: takes `fd` over, also when it fails, and passes over what is in it. */
int ring_open_made(int fd, size_t bytes, struct ring *ring);

/* Safe for a ring that is all zero but for its fd of -EBADF. */
void ring_close(struct ring *ring);

/* The next record: its bytes are valid until ring_advance(). Discarded ones are passed over. */
enum ring_state ring_peek(struct ring *ring, const void **ret_data, size_t *ret_size);

/* Passes over the record that ring_peek() showed. Its room is the kernel's again soon, and with ring_give_back() at once. */
void ring_advance(struct ring *ring, size_t size);
void ring_give_back(struct ring *ring);

/* Up to where records have been reserved, and up to where they have been read. */
uint64_t ring_end(const struct ring *ring);
uint64_t ring_position(const struct ring *ring);
