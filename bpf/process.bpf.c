/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Ends of a sandbox's threads: what the kernel has counted for each (faults, switches) is collected when it ends. Births and new programs are seen
 * where their calls return (sys-exit.bpf.c): each tracepoint less that is attached, and detached, stops every CPU of the host some times less.
 */

#include "bpf/lib/sandbox.bpf.h"

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);
	struct probe_counts *counts;

	if (!sandbox || sandbox->counts.phase != PROBE_PHASE_ON)
		return 0;
	counts = &sandbox->counts;
	__sync_fetch_and_add(&counts->exits, 1);
	__sync_fetch_and_add(&counts->minor_faults, task->min_flt);
	__sync_fetch_and_add(&counts->major_faults, task->maj_flt);
	__sync_fetch_and_add(&counts->switches, task->nvcsw);
	__sync_fetch_and_add(&counts->preemptions, task->nivcsw);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
