/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * Counting and charging a call that has been completed. Each call costs one atomic addition to its own counter and, where it has a
 * price, one to the sum; classes are summed up in user space from the counters, so that an account cannot differ from its calls.
 */

#include "bpf/lib/sandbox.bpf.h"

/* The end of a heap when brk was last called: the call's result tells only where it is now. */
struct heap {
	__u64 end;
	__u64 exec_id; /* of the program whose heap it is: the kernel's count of what the process has executed */
};

/* Per process. Those that share their memory have the heap of the first of them, as long as that lives. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct heap);
} heaps __weak SEC(".maps");

enum { HEAP_SHARERS = 3 }; /* generations that are followed */

static __always_inline __u64 to_pages(__u64 bytes)
{
	return (bytes >> PAGE_SHIFT) + ((bytes & ((1 << PAGE_SHIFT) - 1)) != 0);
}

/* The process that a task's heap is kept with. */
static __always_inline struct task_struct *heap_owner(struct task_struct *task)
{
	struct task_struct *owner = task->group_leader;

	for (int i = 0; i < HEAP_SHARERS; i++) {
		struct task_struct *parent = owner->real_parent;

		if (BPF_CORE_READ(parent, mm) != BPF_CORE_READ(task, mm))
			break;
		owner = parent->group_leader;
	}
	return owner;
}

/* A program's heap is empty when it starts. */
static __always_inline __u64 brk_pages(struct task_struct *task, __u64 now)
{
	struct task_struct *owner = heap_owner(task);
	struct heap fresh = {
		.end = BPF_CORE_READ(task, mm, start_brk),
		.exec_id = owner->self_exec_id,
	};
	struct heap *heap =
		bpf_task_storage_get(&heaps, owner, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 before;

	if (!heap)
		return 0;
	before = heap->exec_id == fresh.exec_id ? heap->end : fresh.end;
	heap->exec_id = fresh.exec_id;
	heap->end = now;
	return now > before ? to_pages(now) - to_pages(before) : 0;
}

/* A process has begun. Its memory is a copy of its parent's, the heap's end included, or the same. */
static __always_inline void heap_begin(struct task_struct *task)
{
	struct heap copy = {
		.end = BPF_CORE_READ(task, mm, brk),
		.exec_id = task->self_exec_id,
	};

	if (BPF_CORE_READ(task, real_parent, mm) != BPF_CORE_READ(task, mm))
		(void)bpf_task_storage_get(&heaps, task, &copy, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline __u64 bytes_charge(struct probe_sandbox *sandbox, __u64 bytes)
{
	const struct probe_config *config = &sandbox->config;
	__u64 gas;

	__sync_fetch_and_add(&sandbox->counts.bytes_charged, bytes);
	if (bytes < config->bytes_unit || !config->bytes_price)
		return 0;
	gas = bytes / config->bytes_unit * config->bytes_price;
	__sync_fetch_and_add(&sandbox->counts.bytes_gas, gas);
	return gas;
}

static __always_inline __u64 pages_charge(struct probe_sandbox *sandbox, __u64 pages)
{
	__sync_fetch_and_add(&sandbox->counts.pages, pages);
	return pages * sandbox->config.page_price;
}

static __noinline __u64 extra_charge(struct probe_sandbox *sandbox, struct task_struct *task,
				     struct pt_regs *regs, long ret, __u32 extra)
{
	switch (extra) {
	case PROBE_EXTRA_BYTES:
	case PROBE_EXTRA_MOVED:
		if (ret <= 0)
			return 0;
		__sync_fetch_and_add(&sandbox->counts.bytes, ret);
		return extra == PROBE_EXTRA_BYTES ? bytes_charge(sandbox, ret) : 0;
	case PROBE_EXTRA_LENGTH:
		return pages_charge(sandbox, to_pages(regs->si));
	case PROBE_EXTRA_MREMAP:
		return regs->dx > regs->si ?
			       pages_charge(sandbox, to_pages(regs->dx) - to_pages(regs->si)) :
			       0;
	case PROBE_EXTRA_BRK:
		return pages_charge(sandbox, brk_pages(task, ret));
	case PROBE_EXTRA_FORK:
		__sync_fetch_and_add(&sandbox->counts.forks, 1);
		return sandbox->config.fork_price;
	case PROBE_EXTRA_EXEC:
		__sync_fetch_and_add(&sandbox->counts.execs, 1);
		return sandbox->config.exec_price;
	default:
		return 0;
	}
}

/* The compiler knows that a place in the tables is in range; the verifier must see it. */
static __always_inline __u32 place_shown(__u32 nr)
{
	asm volatile("%0 &= %1" : "+r"(nr) : "i"(PROBE_CALLS - 1));
	return nr;
}

/*
 * Counts and charges call `nr` (below PROBE_CALLS). Returns the gas that is used with it; where nothing has a price, 0.
 */
static __always_inline __u64 gas_charge(struct probe_sandbox *sandbox, struct task_struct *task,
					struct pt_regs *regs, long ret, __u32 nr)
{
	__u64 price, gas;
	__u32 extra;

	nr = place_shown(nr);
	price = sandbox->config.price[nr];
	gas = price & ((1ULL << PROBE_PRICE_BITS) - 1);
	extra = price >> PROBE_PRICE_BITS;
	__sync_fetch_and_add(&sandbox->counts.calls[nr], 1);
	if (extra && !is_error(ret))
		gas += extra_charge(sandbox, task, regs, ret, extra);
	if (!gas)
		return sandbox->counts.gas_used;
	return __sync_fetch_and_add(&sandbox->counts.gas_used, gas) + gas;
}
