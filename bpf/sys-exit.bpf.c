/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Every call that is completed, of every process of every sandbox; and of every other process of the host, which must not feel it.
 *
 * At the exit of a call everything is known: number and arguments (the registers still hold them), result, the object
 * behind a new descriptor. So nothing is attached to the entry, where it would cost each process of the host the same
 * again. What never completes (exit, a call of a process that is killed in it) is not charged.
 *
 * A call that the filter stops, and that a signal ends before the supervisor has read it, comes by here with ERESTARTSYS, as many do that
 * will be made again: the number is remembered, since it may be all that is left of it.
 *
 * A child's return from clone looks like a call here, and the kernel reports rt_sigreturn as call -1: neither is counted. That return is the first that is
 * heard of a new process, whose memory is a copy of its parent's, the heap's end included.
 *
 * What the sandbox's agent did in the group is not the submission's: counting starts with the first call of a process that has executed something, which is
 * the return of that execve. By the kernel's flag, not by the number: a program of another architecture returns with a number of that one.
 */

#include "bpf/lib/call.bpf.h"
#include "bpf/lib/gas.bpf.h"

enum { NR_CLONE = 56, NR_FORK = 57, NR_VFORK = 58, NR_RESTART = 219, NR_CLONE3 = 435 };

#define PF_FORKNOEXEC 0x00000040 /* forked, and has executed nothing yet: include/linux/sched.h */

static __always_inline bool made_again(long ret)
{
	return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK &&
	       ret != -(ERESTART_RESTARTBLOCK - 1);
}

static __always_inline bool is_birth(long nr)
{
	return (nr >= NR_CLONE && nr <= NR_VFORK) || nr == NR_CLONE3;
}

/* What is no call of the program's, or none that repeats. */
static __always_inline bool is_free(long nr, long ret)
{
	return nr < 0 || nr == NR_RESTART || made_again(ret) || (ret == 0 && is_birth(nr));
}

/* The call's place in the tables: numbers that are none have one in common. */
static __always_inline __u32 place_of(const struct emission *call)
{
	__u32 nr = call->nr;

	return nr >= PROBE_CALL_OTHER || (call->flags & PROBE_COMPAT) ? PROBE_CALL_OTHER : nr;
}

/* Counts and charges. */
static __always_inline void account(struct emission *call, struct pt_regs *regs)
{
	struct probe_sandbox *sandbox = call->sandbox;
	__u32 nr = place_of(call);

	call->gas_after = gas_charge(sandbox, call->task, regs, call->ret, nr);
	if (call->gas_after < sandbox->config.gas_limit)
		return;
	call->flags |= PROBE_GAS_LIMIT;
	verdict_set(sandbox, call->index, PROBE_VERDICT_GAS, nr);
}

/* What the agent's own process had cost before it became the program. */
static __always_inline void start(struct probe_counts *counts, struct task_struct *task)
{
	counts->minor_faults -= task->min_flt;
	counts->major_faults -= task->maj_flt;
	counts->switches -= task->nvcsw;
	counts->preemptions -= task->nivcsw;
	counts->phase = PROBE_PHASE_ON;
}

/* Whether the call, of a sandbox that is not counted yet, is the program's start. */
static __always_inline bool starts(struct probe_sandbox *sandbox, struct task_struct *task)
{
	if (sandbox->counts.phase != PROBE_PHASE_ARMED || (task->flags & PF_FORKNOEXEC))
		return false;
	start(&sandbox->counts, task);
	return true;
}

static __always_inline int completed(struct pt_regs *regs, long ret, const bool traced)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_of(task, &index);
	struct emission call;

	if (!sandbox || (sandbox->counts.phase != PROBE_PHASE_ON && !starts(sandbox, task)))
		return 0;
	call = (struct emission){
		.sandbox = sandbox,
		.task = task,
		.index = index,
		.kind = PROBE_SYSCALL,
		.nr = (int)regs->orig_ax,
		.ret = ret,
	};
	if (task->thread_info.status & TS_COMPAT)
		call.flags = PROBE_COMPAT;
	if (is_free(call.nr, ret)) {
		__sync_fetch_and_add(&sandbox->counts.free_calls, 1);
		if (ret == -ERESTARTSYS)
			sandbox->counts.restarted[place_shown(place_of(&call))] = 1;
		if (ret == 0 && task->pid == task->tgid && is_birth(call.nr))
			heap_begin(task);
		call.flags |= PROBE_RESTART;
		call.gas_after = sandbox->counts.gas_used;
	} else {
		account(&call, regs);
	}
	if (traced && sandbox->config.level != PROBE_LEVEL_COUNTERS && call.nr >= 0 &&
	    !(ret == 0 && is_birth(call.nr)))
		call_emit(&call, regs);
	if (sandbox->counts.verdict)
		(void)bpf_send_signal(SIGKILL);
	return 0;
}

/* Two programs, of which one is loaded: what makes events is most of the verifier's work, and few runs are traced. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	return completed(regs, ret, false);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit_traced, struct pt_regs *regs, long ret)
{
	return completed(regs, ret, true);
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
