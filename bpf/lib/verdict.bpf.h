/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * The end of a sandbox, decided here: the caller is killed before it is back in its program, the others when they next complete a call, and
 * user space is woken to kill the whole group, which also reaches those that make no calls.
 */

#include "bpf/lib/sandbox.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} notices __weak SEC(".maps");

/* When the ring is full, user space has been woken already and looks at every sandbox's verdict. */
static __always_inline void notice_send(__u32 index, __u32 verdict)
{
	struct probe_notice notice = {.sandbox = index, .verdict = verdict};

	(void)bpf_ringbuf_output(&notices, &notice, sizeof(notice), BPF_RB_FORCE_WAKEUP);
}

/* The first verdict stays. `call` is the number of the call that led to it. Context: the task that it is about. */
static __always_inline void verdict_set(struct probe_sandbox *sandbox, __u32 index, __u32 verdict,
					__u32 call)
{
	if (__sync_val_compare_and_swap(&sandbox->counts.verdict, PROBE_VERDICT_NONE, verdict) ==
	    PROBE_VERDICT_NONE) {
		sandbox->counts.verdict_call = call;
		notice_send(index, verdict);
	}
	(void)bpf_send_signal(SIGKILL);
}
