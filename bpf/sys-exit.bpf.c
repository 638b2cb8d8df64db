/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Every call that is completed, of every process of every sandbox; and of every other process of the host, which must not feel it.
 *
 * At the exit of a call everything is known: number and arguments (the registers still hold them), result, the object
 * behind a new descriptor. So nothing is attached to the entry, where it would cost each process of the host the same
 * again. What never completes (exit, a call of a process that is killed in it) is not charged.
 *
 * A child's return from clone looks like a call here, and the kernel reports rt_sigreturn as call -1: neither is counted.
 */

#include "bpf/lib/gas.bpf.h"
#include "bpf/lib/verdict.bpf.h"

enum { NR_CLONE = 56, NR_FORK = 57, NR_VFORK = 58, NR_RESTART = 219, NR_CLONE3 = 435 };

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

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_of(task, &index);
	long nr;
	__u64 used;

	if (!sandbox || sandbox->counts.phase != PROBE_PHASE_ON)
		return 0;
	nr = (int)regs->orig_ax;
	if (is_free(nr, ret)) {
		__sync_fetch_and_add(&sandbox->counts.free_calls, 1);
	} else {
		if (nr >= PROBE_CALL_OTHER || (task->thread_info.status & TS_COMPAT))
			nr = PROBE_CALL_OTHER;
		used = gas_charge(sandbox, task, regs, ret, nr);
		if (used >= sandbox->config.gas_limit)
			verdict_set(sandbox, index, PROBE_VERDICT_GAS, nr);
	}
	if (sandbox->counts.verdict)
		(void)bpf_send_signal(SIGKILL);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
