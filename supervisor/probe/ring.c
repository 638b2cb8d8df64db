/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout is the kernel's (kernel/bpf/ringbuf.c): a page with the reader's position, a page with the writer's, the data twice in a row,
 * so that a record is never split. A record starts with 8 bytes: its length, with a bit for "being written" and one for
 * "discarded". The writer's position is moved before a record is written, its length is released after.
 *
 * Both positions are asked for by the kernel's side at every event, on another CPU: each look at the writer's and each change of the
 * reader's takes a line of cache away from it. So the writer's is looked at when what was seen is used up, and the reader's is
 * moved when some room has gathered.
 */

#include "supervisor/probe/ring.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/fd.h"

/* A ring is larger by far: at half of it a program is stopped. */
enum { GATHERED_BYTES = 4096 };

int ring_open_made(int fd, size_t bytes, struct ring *ring)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *consumer, *producer;
	int r;

	*ring = (struct ring){.fd = fd, .mask = bytes - 1, .page = page};
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	producer = mmap(NULL, page + 2 * bytes, PROT_READ, MAP_SHARED, fd, (off_t)page);
	r = consumer == MAP_FAILED || producer == MAP_FAILED ? -errno : 0;
	ring->consumer = consumer == MAP_FAILED ? NULL : consumer;
	ring->producer = producer == MAP_FAILED ? NULL : producer;
	if (r < 0) {
		ring_close(ring);
		return r;
	}
	/* A launcher that is forked has no use for them, and copying their tables takes it half a ms. */
	(void)madvise(consumer, page, MADV_DONTFORK);
	(void)madvise(producer, page + 2 * bytes, MADV_DONTFORK);
	ring->data = (const char *)producer + page;
	ring->at = ring->end = ring_end(ring);
	ring_give_back(ring);
	return 0;
}

int ring_open(size_t bytes, struct ring *ring)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "assay_ring", 0, 0, (unsigned)bytes, NULL);

	*ring = (struct ring){.fd = -EBADF};
	return fd < 0 ? fd : ring_open_made(fd, bytes, ring);
}

void ring_close(struct ring *ring)
{
	if (ring->consumer != NULL)
		(void)munmap(ring->consumer, ring->page);
	if (ring->producer != NULL)
		(void)munmap((void *)(uintptr_t)ring->producer, ring->page + 2 * (ring->mask + 1));
	*ring = (struct ring){.fd = fd_close(ring->fd)};
}

uint64_t ring_end(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

uint64_t ring_position(const struct ring *ring)
{
	return ring->at;
}

static uint64_t record_bytes(size_t size)
{
	return (size + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

void ring_give_back(struct ring *ring)
{
	__atomic_store_n(ring->consumer, ring->at, __ATOMIC_RELEASE);
}

void ring_advance(struct ring *ring, size_t size)
{
	ring->at += record_bytes(size);
	if (ring->at - *ring->consumer >= GATHERED_BYTES)
		ring_give_back(ring);
}

static bool has_more(struct ring *ring)
{
	if (ring->at == ring->end)
		ring->end = ring_end(ring);
	return ring->at < ring->end;
}

enum ring_state ring_peek(struct ring *ring, const void **ret_data, size_t *ret_size)
{
	while (has_more(ring)) {
		const char *record = ring->data + (ring->at & ring->mask);
		uint32_t length =
			__atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
		size_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (length & BPF_RINGBUF_BUSY_BIT)
			return RING_BUSY;
		if ((length & BPF_RINGBUF_DISCARD_BIT) == 0) {
			*ret_data = record + BPF_RINGBUF_HDR_SZ;
			*ret_size = size;
			return RING_RECORD;
		}
		ring_advance(ring, size);
	}
	return RING_EMPTY;
}
