/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/* Events of calls without texts: with all arguments, or with the object behind a descriptor as well. */

#include "bpf/lib/text.bpf.h"

static __always_inline int call_emit_args(const struct emission *emission,
					  const struct call_args *args)
{
	void *ring = emit_ring();
	struct probe_with_args *record;

	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		emit_lost(emission);
		return 0;
	}
	call_fill(emission, args, record, sizeof(*record) - sizeof(record->head));
	emit_submit(emission, ring, &record->head, sizeof(*record));
	return 0;
}

/*
 * The object behind a descriptor that the call was given, when it is over: after close(2) there is none any more, and another thread that shares the
 * table of descriptors may have put another one in its place. Returns the flags.
 */
static __always_inline __u32 call_object(struct task_struct *task, __u32 fd,
					 struct probe_with_object *record)
{
	struct file *file = path_file(task, fd);
	__u64 object[2];

	if (!file)
		return PROBE_UNRESOLVED;
	call_inode(file, object);
	record->object.device = object[0];
	record->object.inode = object[1];
	record->object_tail.size = sizeof(record->object);
	return task->files->count.counter > 1 ? PROBE_UNRESOLVED : PROBE_RESOLVED;
}

/* With the object behind argument `fd`, which may be none (of an anonymous mmap) or wrong. */
static __always_inline int call_emit_object(const struct emission *call,
					    const struct call_args *args, __u32 fd)
{
	void *ring = emit_ring();
	struct probe_with_object *record;

	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		emit_lost(call);
		return 0;
	}
	call_fill(call, args, &record->call, sizeof(*record) - sizeof(record->call.head));
	record->object_tail = (struct probe_tail){PROBE_TAIL_INODE, 0, sizeof(record->object), 0};
	if ((__s32)fd >= 0 && call->ret != -EBADF)
		record->call.head.flags |= call_object(call->task, fd, record);
	emit_submit(call, ring, &record->call.head, sizeof(*record));
	return 0;
}
