/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What bench-calls measures the probe's programs against: the least that any program at the exit of calls costs every process of the host, and
 * the least that asking whose task it is adds, by the pointers from the task to its cgroup. Neither does anything.
 */

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile __s32 depth = 1; /* of the groups that are looked for */
__u64 seen[2];

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit_nothing)
{
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit_whose)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cgroup *group = task->cgroups->dfl_cgrp;

	if (group->level - depth < 0)
		return 0;
	seen[group->kn->id & 1]++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
