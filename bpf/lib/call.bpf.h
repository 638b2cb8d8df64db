/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * The event of a call: plain, with all arguments, or with texts. A record with texts is reserved short first; when a text does not fit it is
 * given back and a long one is taken.
 */

#include "bpf/lib/plain.bpf.h"

const volatile __u32 call_ops[PROBE_CALLS] __weak = {};

static __always_inline void call_count_flags(struct probe_sandbox *sandbox, __u32 flags)
{
	if (flags & (PROBE_FAULTED | PROBE_TRUNCATED)) {
		__sync_fetch_and_add(&sandbox->counts.faulted, flags & PROBE_FAULTED);
		__sync_fetch_and_add(&sandbox->counts.truncated,
				     (flags & PROBE_TRUNCATED) / PROBE_TRUNCATED);
	}
}

/*
 * What follows are global functions: the verifier looks at each once, and not again for every path that leads to it. So they
 * take numbers only and find the rest anew.
 */

static __always_inline bool call_again(struct emission *call, __u32 index, __u32 flags, __s32 nr,
				       __s64 ret, __u64 gas_after)
{
	*call = (struct emission){
		.sandbox = sandbox_at(index),
		.task = bpf_get_current_task_btf(),
		.index = index,
		.kind = PROBE_SYSCALL,
		.flags = flags,
		.nr = nr,
		.ret = ret,
		.gas_after = gas_after,
	};
	return call->sandbox != NULL;
}

static __always_inline const struct pt_regs *call_regs(const struct emission *call)
{
	return (const struct pt_regs *)bpf_task_pt_regs(call->task);
}

__weak int call_long(__u32 index, __u32 flags, __s32 nr, __s64 ret, __u64 gas_after)
{
	void *ring = emit_ring();
	struct probe_long *record;
	struct call_texts texts = {};
	struct emission call;

	if (!call_again(&call, index, flags, nr, ret, gas_after))
		return 0;
	call_texts_find(&call, call_regs(&call), call_ops[nr & (PROBE_CALLS - 1)], &texts);
	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		emit_lost(&call);
		return 0;
	}
	call_count_flags(call.sandbox, call_fill_long(&call, &texts, record));
	emit_submit(&call, ring, &record->call.head, sizeof(*record));
	return 0;
}

/* 1: a text did not fit, and nothing was emitted. */
__weak int call_short(__u32 index, __u32 flags, __s32 nr, __s64 ret, __u64 gas_after)
{
	void *ring = emit_ring();
	struct probe_short *record;
	struct call_texts texts = {};
	struct emission call;
	__u32 found;

	if (!call_again(&call, index, flags, nr, ret, gas_after))
		return 0;
	call_texts_find(&call, call_regs(&call), call_ops[nr & (PROBE_CALLS - 1)], &texts);
	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		emit_lost(&call);
		return 0;
	}
	found = call_fill_short(&call, &texts, record);
	if (found & PROBE_TRUNCATED) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return 1;
	}
	call_count_flags(call.sandbox, found);
	emit_submit(&call, ring, &record->call.head, sizeof(*record));
	return 0;
}

static __always_inline bool call_may_be_refused(const struct probe_sandbox *sandbox, __u64 error)
{
	return error < 192 && (sandbox->config.refusals[error / 64] >> error % 64 & 1);
}

/* Whether a call is an event at the sandbox's level. */
static __always_inline bool call_is_event(const struct probe_sandbox *sandbox, __u32 op, long ret)
{
	if (sandbox->config.level == PROBE_LEVEL_SYSCALLS)
		return true;
	if (op & PROBE_OP_EVENT)
		return true;
	if (!is_error(ret))
		return false;
	return (op & PROBE_OP_EVENT_FAILED) || call_may_be_refused(sandbox, -ret);
}

/* The event of a call with a descriptor and without texts. */
__weak int call_with_object(__u32 index, __u32 flags, __s32 nr, __s64 ret, __u64 gas_after)
{
	struct call_args args;
	struct emission call;
	__u32 op;

	if (!call_again(&call, index, flags, nr, ret, gas_after))
		return 0;
	call_args_get(call_regs(&call), &args);
	op = call_ops[nr & (PROBE_CALLS - 1)];
	return call_emit_object(&call, &args, args.value[PROBE_OP_WHICH(op, PROBE_OP_OBJECT_SHIFT)]);
}

/*
 * An event of numbers only. Most calls are such, and a function that finds everything anew costs a tenth of an event: here it is
 * what the caller has.
 */
static __always_inline void call_plain(const struct emission *call, const struct pt_regs *regs,
				       __u32 op)
{
	struct call_args args;

	if (!(op & PROBE_OP_ARGS)) {
		(void)emit_plain(call, regs->di, regs->si);
		return;
	}
	call_args_get(regs, &args);
	(void)call_emit_args(call, &args);
}

/*
 * Whether a security hook refused the call: its event is there then, with the object. The one that reaches the gas limit has its own all the
 * same.
 */
__weak int call_is_told(__u32 nr)
{
	struct hook_note *note = hook_note(bpf_get_current_task_btf());
	bool told;

	if (!note)
		return 0;
	told = note->told == nr + 1;
	note->told = 0;
	return told;
}

/* What a hook noted of an address is about this call and no later one, which may fail before it comes to a hook. */
__weak int call_forget(__u32 unused)
{
	struct hook_note *note = hook_note(bpf_get_current_task_btf());

	if (note)
		note->address_bytes = 0;
	return 0;
}

/* The event of a call that has been completed, if it is one. */
static __always_inline void call_emit(const struct emission *call, const struct pt_regs *regs)
{
	__u32 op = call_ops[call->nr & (PROBE_CALLS - 1)];

	if (!call_is_event(call->sandbox, op, call->ret))
		return;
	if (call->ret == -EACCES && call_is_told(call->nr) && !(call->flags & PROBE_GAS_LIMIT))
		return;
	if (!(op & (PROBE_OP_TEXT | PROBE_OP_OBJECT)))
		call_plain(call, regs, op);
	else if (!(op & PROBE_OP_TEXT))
		(void)call_with_object(call->index, call->flags, call->nr, call->ret,
				       call->gas_after);
	else if (call_short(call->index, call->flags, call->nr, call->ret, call->gas_after))
		(void)call_long(call->index, call->flags, call->nr, call->ret, call->gas_after);
	if (PROBE_OP_WHICH(op, PROBE_OP_SOCKADDR_SHIFT) != PROBE_OP_NONE)
		(void)call_forget(0);
}
