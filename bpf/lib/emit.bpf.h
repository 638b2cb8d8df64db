/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * Events into the ring of this CPU.
 *
 * Order: room is reserved first, then the sequence number is taken, then the record is submitted. So a reader that has seen the number N
 * taken, and then every ring's end, and has read all rings up to those ends, knows that what is missing below N is lost.
 *
 * Nobody is woken for an event. The reader is when a ring is filled to its watermark; at half of a ring a program that may not lose
 * events is stopped.
 */

#include "bpf/abi/record.h"
#include "bpf/lib/verdict.bpf.h"

const volatile __u64 ring_watermark __weak = 0; /* bytes in a ring at which the reader is woken */
const volatile __u64 ring_half __weak = 0;
__u32 ring_woken[PROBE_CPUS_MAX] __weak = {}; /* the reader clears it before it reads */

struct ring_type {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring_type);
} rings __weak SEC(".maps");

/* What an event is about, gathered on the stack. */
struct emission {
	struct probe_sandbox *sandbox;
	struct task_struct *task;
	__u32 index;
	__u32 kind;
	__u32 flags;
	__s32 nr;
	__s64 ret;
	__u64 gas_after;
};

static __always_inline void *emit_ring(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rings, &cpu);
}

/* An event that found no room. */
static __always_inline void emit_lost(const struct emission *emission)
{
	struct probe_counts *counts = &emission->sandbox->counts;

	__sync_fetch_and_add(&counts->lost, 1);
	__sync_fetch_and_add(&counts->seq, 1);
	if (emission->sandbox->config.loss == PROBE_LOSS_KILL)
		verdict_set(emission->sandbox, emission->index, PROBE_VERDICT_LOSS, emission->nr);
}

/* The number of a task in the pid namespace that it lives in. */
static __always_inline __u32 emit_pid(struct pid *pid)
{
	const char *upids = (const char *)pid + bpf_core_field_offset(struct pid, numbers);
	__u32 nr = 0;

	(void)bpf_probe_read_kernel(&nr, sizeof(nr), upids + pid->level * sizeof(struct upid));
	return nr;
}

static __always_inline void emit_head(const struct emission *emission, struct probe_head *head,
				      __u32 tail)
{
	struct task_struct *task = emission->task;

	head->ts_ns = bpf_ktime_get_ns();
	head->tid = emit_pid(task->thread_pid);
	head->pid = task->pid == task->tgid ? head->tid : emit_pid(task->group_leader->thread_pid);
	head->sandbox = emission->index;
	head->kind = emission->kind;
	head->flags = emission->flags;
	head->nr = emission->nr;
	head->tail = tail;
	head->ret = emission->ret;
	head->gas_after = emission->gas_after;
}

/* The process is remembered, so that user space continues it and no other. */
static __always_inline void emit_stop(const struct emission *emission)
{
	struct probe_counts *counts = &emission->sandbox->counts;
	__u32 n = __sync_fetch_and_add(&counts->n_stopped, 1);

	if (n < PROBE_STOPPED_MAX)
		counts->stopped[n] = emission->task->tgid;
	(void)bpf_send_signal(SIGSTOP);
	if (n == 0)
		notice_send(emission->index, PROBE_NOTICE_STOPPED);
}

/* Every 16th small event looks at the ring: between two looks less than a tenth of the smallest ring is filled. */
static __always_inline __u64 emit_flags(const struct emission *emission, void *ring, __u64 seq,
					__u32 bytes, struct probe_head *head)
{
	__u64 filled;
	__u32 cpu;

	if ((seq & 15) && bytes <= sizeof(struct probe_with_args))
		return BPF_RB_NO_WAKEUP;
	filled = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	if (filled < ring_watermark)
		return BPF_RB_NO_WAKEUP;
	if (filled >= ring_half && emission->sandbox->config.loss == PROBE_LOSS_STOP) {
		head->flags |= PROBE_STOPPED;
		emit_stop(emission);
	}
	cpu = bpf_get_smp_processor_id() & (PROBE_CPUS_MAX - 1);
	if (ring_woken[cpu])
		return BPF_RB_NO_WAKEUP;
	ring_woken[cpu] = 1;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void emit_submit(const struct emission *emission, void *ring,
					struct probe_head *head, __u32 bytes)
{
	__u64 seq = __sync_fetch_and_add(&emission->sandbox->counts.seq, 1);

	head->seq = seq;
	bpf_ringbuf_submit(head, emit_flags(emission, ring, seq, bytes, head));
}

/* An event that is only a head. */
static __always_inline int emit_plain(const struct emission *emission, __u64 arg0, __u64 arg1)
{
	void *ring = emit_ring();
	struct probe_head *head;

	head = ring ? bpf_ringbuf_reserve(ring, sizeof(*head), 0) : NULL;
	if (!head) {
		emit_lost(emission);
		return 0;
	}
	emit_head(emission, head, 0);
	head->args[0] = arg0;
	head->args[1] = arg1;
	emit_submit(emission, ring, head, sizeof(*head));
	return 0;
}
