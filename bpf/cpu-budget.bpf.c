/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The end of a CPU budget. Near it, user space opens a clock per CPU that runs while the group's processes do; each time that one has
 * run for its period, this program takes that off the budget, and wakes user space when nothing is left. A spinner that makes no calls is
 * reached as well: the clock interrupts it.
 *
 * It does not kill. These clocks run on while a hypervisor runs others on the CPU, which the scheduler's account, the one
 * that a limit is about, leaves out (measured: 15 of 30 ms on a busy host). User space asks the scheduler, and kills or goes on.
 */

#include "bpf/lib/verdict.bpf.h"

SEC("perf_event")
int on_cpu_clock(struct bpf_perf_event_data *clock)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);
	__u64 used, period;

	if (!sandbox || sandbox->counts.phase != PROBE_PHASE_ON)
		return 0;
	/* What the clock itself says of its period is the one that it was made with. */
	period = sandbox->config.cpu_period_ns;
	used = __sync_fetch_and_add(&sandbox->counts.cpu_ns, period) + period;
	if (used >= sandbox->config.cpu_budget_ns && used - period < sandbox->config.cpu_budget_ns)
		notice_send(index, PROBE_NOTICE_CPU);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
