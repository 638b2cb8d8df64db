/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window over the numbers from `next` on, as a ring of pointers that grows with the distance of the farthest record. The distance is
 * bounded by what all rings together hold and what was lost meanwhile: merge_advance() is called often enough for that.
 */

#include "supervisor/probe/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

enum { ROOM_FIRST = 1024 };

static struct probe_head **place(const struct merge *merge, uint64_t seq)
{
	return &merge->waiting[seq & (merge->room - 1)];
}

static int grow(struct merge *merge, uint64_t distance)
{
	size_t room = merge->room == 0 ? ROOM_FIRST : merge->room;
	struct probe_head **old = merge->waiting;
	size_t old_room = merge->room;

	if (distance < merge->room)
		return 0;
	while (room <= distance)
		room *= 2;
	merge->waiting = new0(struct probe_head *, room);
	if (merge->waiting == NULL) {
		merge->waiting = old;
		return -ENOMEM;
	}
	merge->room = room;
	for (size_t i = 0; i < old_room; i++)
		if (old[i] != NULL)
			*place(merge, old[i]->seq) = old[i];
	free(old);
	return 0;
}

static void deliver(struct merge *merge, const struct probe_head *record, size_t size)
{
	merge->next++;
	merge->received++;
	merge->deliver(merge->userdata, record, size);
}

static void deliver_waiting(struct merge *merge)
{
	while (merge->n_waiting > 0 && *place(merge, merge->next) != NULL) {
		struct probe_head *record = TAKE_PTR(*place(merge, merge->next));

		merge->n_waiting--;
		deliver(merge, record, sizeof(*record) + record->tail);
		free(record);
	}
}

int merge_add(struct merge *merge, const struct probe_head *record, size_t size)
{
	struct probe_head *copy;
	int r;

	if (record->seq == merge->next) {
		deliver(merge, record, size);
		deliver_waiting(merge);
		return 0;
	}
	if (record->seq < merge->next || size != sizeof(*record) + record->tail)
		return -EBADMSG;
	r = grow(merge, record->seq - merge->next);
	copy = r == 0 ? malloc(size) : NULL;
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, record, size);
	*place(merge, copy->seq) = copy;
	merge->n_waiting++;
	return 0;
}

void merge_advance(struct merge *merge, uint64_t end)
{
	while (merge->next < end) {
		uint64_t first = merge->next;

		while (merge->next < end &&
		       (merge->n_waiting == 0 || *place(merge, merge->next) == NULL))
			merge->next++;
		merge->gaps += merge->next - first;
		if (merge->next > first)
			merge->gap(merge->userdata, first, merge->next - first);
		deliver_waiting(merge);
	}
}

void merge_clear(struct merge *merge)
{
	for (size_t i = 0; i < merge->room; i++)
		free(merge->waiting[i]);
	free(merge->waiting);
	merge->waiting = NULL;
	merge->room = merge->n_waiting = 0;
}
