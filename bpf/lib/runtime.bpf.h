/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * CPU time of a group, as the scheduler accounts it and as of this moment. What it has accounted, per CPU, lies in the group; what the running task
 * has had since then is not yet there: at most a tick (4 ms). That is worked out as the scheduler will: from its own clock, less
 * what a hypervisor took away (steal) and, where they are told apart, what interrupts took.
 *
 * Of other CPUs only what is accounted is counted, so the sum is never more than what the scheduler will say.
 *
 * Variables of the kernel cannot be named on all kernels (CONFIG_KALLSYMS_ALL). So the offset of a CPU's memory is taken from a map that has a value
 * per CPU, and what was taken from tasks is found by its distance from the CPU's run queue, which user space reads from the kernel's
 * types.
 *
 * Source: update_curr(), update_rq_clock_task(), cgroup_base_stat_flush() of the kernel.
 */

#include "bpf/lib/sandbox.bpf.h"

const volatile __u32 cpus_n __weak = 0;
/* From a CPU's run queue to its struct kvm_steal_time and struct irqtime, whose first fields are the sums; 0: the kernel has none. */
const volatile __s64 steal_distance __weak = 0;
const volatile __s64 irq_distance __weak = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} places __weak SEC(".maps");

/* What kernels call differently, or have only with an option. */
struct cgroup_rstat_cpu___base {
	struct cgroup_base_stat bstat;
} __attribute__((preserve_access_index));

struct cgroup_rstat_base_cpu___base {
	struct cgroup_base_stat bstat;
} __attribute__((preserve_access_index));

struct cgroup___rstat {
	struct cgroup_rstat_cpu___base *rstat_cpu;
} __attribute__((preserve_access_index));

struct cgroup___base {
	struct cgroup_rstat_base_cpu___base *rstat_base_cpu;
} __attribute__((preserve_access_index));

struct rq___steal {
	__u64 prev_steal_time_rq;
} __attribute__((preserve_access_index));

struct rq___irq {
	__u64 prev_irq_time;
} __attribute__((preserve_access_index));

static __always_inline __u64 number_at(__u64 address)
{
	__u64 number = 0;

	(void)bpf_probe_read_kernel(&number, sizeof(number), (const void *)address);
	return number;
}

/* Of one CPU. `place` is where it is before the CPU's offset, `values` where the map's values are. */
static __always_inline __u64 runtime_part(__u32 cpu, __u64 place, __u64 values)
{
	const __u32 first = 0;
	const void *value = bpf_map_lookup_percpu_elem(&places, &first, cpu);

	return value ? number_at(place + number_of(value) - values) : 0;
}

/* What the scheduler has accounted of a group without groups below it. */
static __always_inline __u64 runtime_accounted(struct cgroup *group)
{
	__u64 place, values, ns = 0;

	if (bpf_core_field_exists(struct cgroup___base, rstat_base_cpu))
		place = (__u64)BPF_CORE_READ((struct cgroup___base *)group, rstat_base_cpu) +
			bpf_core_field_offset(struct cgroup_rstat_base_cpu___base,
					      bstat.cputime.sum_exec_runtime);
	else
		place = (__u64)BPF_CORE_READ((struct cgroup___rstat *)group, rstat_cpu) +
			bpf_core_field_offset(struct cgroup_rstat_cpu___base,
					      bstat.cputime.sum_exec_runtime);
	values = number_at(number_of(&places) + bpf_core_field_offset(struct bpf_array, pptrs));
	/* A constant to the verifier: no callback is needed, which an image could not hold. */
	for (__u32 cpu = 0; cpu < cpus_n && cpu < PROBE_CPUS_MAX; cpu++)
		ns += runtime_part(cpu, place, values);
	return ns;
}

/* What was taken from tasks of this CPU since the scheduler last looked. */
static __always_inline __u64 runtime_taken(struct rq *rq)
{
	__u64 address = number_of(rq), taken = 0;

	if (steal_distance && bpf_core_field_exists(struct rq___steal, prev_steal_time_rq))
		taken += number_at(address + steal_distance) -
			 BPF_CORE_READ((struct rq___steal *)rq, prev_steal_time_rq);
	if (irq_distance && bpf_core_field_exists(struct rq___irq, prev_irq_time))
		taken += number_at(address + irq_distance) -
			 BPF_CORE_READ((struct rq___irq *)rq, prev_irq_time);
	return taken;
}

/* What the running task has had since the scheduler last looked, at `now` of the scheduler's clock. */
static __always_inline __u64 runtime_pending(struct task_struct *task, __u64 now)
{
	struct rq *rq = task->se.cfs_rq->rq;
	__u64 taken = runtime_taken(rq), since = now - rq->clock, pending;

	if ((__s64)since < 0 || taken > since)
		since = 0;
	else
		since -= taken;
	pending = rq->clock_task + since - task->se.exec_start;
	return (__s64)pending < 0 ? 0 : pending;
}

/* Whether this kernel shows what that needs. */
static __always_inline bool runtime_is_known(void)
{
	return bpf_core_field_exists(struct cfs_rq, rq) &&
	       (bpf_core_field_exists(struct cgroup___base, rstat_base_cpu) ||
		bpf_core_field_exists(struct cgroup___rstat, rstat_cpu));
}
