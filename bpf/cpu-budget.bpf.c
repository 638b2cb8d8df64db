/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The end of a CPU budget. Near it, user space opens a clock per CPU that runs while the group's processes do; each time that one has
 * run for its period, this program works out what the group has had of the CPUs (runtime.bpf.h), and when the limit is reached kills: the process
 * that runs is dead before it executes another instruction, and user space, which is woken, kills the others. A spinner that makes no
 * calls is reached as well: the clock interrupts it.
 *
 * The clocks themselves are no measure: they run on while a hypervisor runs others on the CPU, which the scheduler's account, the one
 * that a limit is about, leaves out (15 of 30 ms on a busy host). Killing by them is too early. But they say when to look: when they have run for
 * what is left, user space is woken to look at all CPUs, also where the kernel does not show what working it out needs.
 */

#include "bpf/lib/runtime.bpf.h"
#include "bpf/lib/verdict.bpf.h"

/* The scheduler's clock: that of the event has just been set to it. Source: perf_swevent_hrtimer(), cpu_clock_event_update(). */
static __always_inline __u64 clock_of(const void *clock)
{
	struct perf_event *event = NULL;

	(void)bpf_probe_read_kernel(&event, sizeof(event),
				    clock + bpf_core_field_offset(struct bpf_perf_event_data_kern,
								  event));
	return BPF_CORE_READ(event, hw.prev_count.a.a.counter);
}

/* What the group has had; 0: not known. */
static __always_inline __u64 runtime_of(const struct probe_sandbox *sandbox, const void *clock)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cgroup *group = task->cgroups->dfl_cgrp;

	if (!runtime_is_known() || group->kn->id != sandbox->config.cgroup_id)
		return 0;
	return runtime_accounted(group) + runtime_pending(task, clock_of(clock));
}

SEC("perf_event")
int on_cpu_clock(struct bpf_perf_event_data *clock)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);
	__u64 used, period;

	if (!sandbox || sandbox->counts.phase != PROBE_PHASE_ON)
		return 0;
	used = runtime_of(sandbox, clock);
	if (used >= sandbox->config.cpu_total_ns) {
		if (sandbox->counts.verdict == PROBE_VERDICT_NONE) {
			sandbox->counts.cpu_end_ns = used;
			sandbox->counts.cpu_end_at_ns = bpf_ktime_get_ns();
		}
		verdict_set(sandbox, index, PROBE_VERDICT_CPU, -1);
		return 0;
	}
	/* What the clock itself says of its period is the one that it was made with. */
	period = sandbox->config.cpu_period_ns;
	used = __sync_fetch_and_add(&sandbox->counts.cpu_ns, period) + period;
	if (used >= sandbox->config.cpu_budget_ns && used - period < sandbox->config.cpu_budget_ns)
		notice_send(index, PROBE_NOTICE_CPU);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
