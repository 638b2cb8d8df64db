/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Births, new programs and ends of a sandbox's processes. The first exec is the program's start: what the sandbox's agent did in the
 * group before it is not the submission's, so counting starts there, and that execve, which returns afterwards, is the
 * first call that is counted. What the kernel has counted per thread (faults, switches) is collected when a thread ends.
 */

#include "bpf/lib/gas.bpf.h"

/* What the agent's own process had cost before it became the program. */
static __always_inline void start(struct probe_counts *counts, struct task_struct *task)
{
	counts->minor_faults -= task->min_flt;
	counts->major_faults -= task->maj_flt;
	counts->switches -= task->nvcsw;
	counts->preemptions -= task->nivcsw;
	counts->phase = PROBE_PHASE_ON;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (!sandbox || sandbox->counts.phase == PROBE_PHASE_OFF)
		return 0;
	(void)bpf_task_storage_delete(&heap_ends, task);
	if (sandbox->counts.phase == PROBE_PHASE_ARMED)
		start(&sandbox->counts, task);
	return 0;
}

/* A process starts with a copy of its parent's memory, the heap's end included. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);
	__u64 *end;

	if (!sandbox || sandbox->counts.phase != PROBE_PHASE_ON)
		return 0;
	if (child->pid != child->tgid)
		return 0;
	end = bpf_task_storage_get(&heap_ends, parent->group_leader, 0, 0);
	if (end)
		(void)bpf_task_storage_get(&heap_ends, child, end, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}

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
