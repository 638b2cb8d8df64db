/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * Whose task is this? The answer must be cheap for the rest of the host: a task outside pays five loads. The group's depth in the tree
 * is compared first, then its id with a table in the programs' own memory: no helper is called.
 */

#include "bpf/abi/state.h"
#include "bpf/lib/kernel.bpf.h"

const volatile __u32 sandbox_level __weak = 0; /* depth of a sandbox's group */
struct probe_place sandbox_table[PROBE_TABLE] __weak = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_sandbox);
} sandboxes __weak SEC(".maps");

/* The id of the group that may be a sandbox's, or 0. Context: `task` is the current one. */
static __always_inline __u64 sandbox_group(struct task_struct *task)
{
	struct cgroup *group = task->cgroups->dfl_cgrp;
	int depth;

	if (sandbox_level == PROBE_LEVEL_ANY)
		return group->kn->id;
	depth = group->level - (int)sandbox_level;
	if (depth < 0)
		return 0;
	/* Only a program that was given a cgroup tree of its own is deeper, and some of the host's services. */
	return depth == 0 ? group->kn->id : bpf_get_current_ancestor_cgroup_id(sandbox_level);
}

static __always_inline struct probe_sandbox *sandbox_at(__u32 index)
{
	return bpf_map_lookup_elem(&sandboxes, &index);
}

static __always_inline struct probe_sandbox *sandbox_by_id(__u64 id, __u32 *ret_index)
{
	for (__u32 i = 0; i < PROBE_TABLE_STEPS; i++) {
		const struct probe_place *place = &sandbox_table[(id + i) & (PROBE_TABLE - 1)];

		if (READ_ONCE(place->cgroup_id) == id) {
			*ret_index = place->index;
			return sandbox_at(place->index);
		}
	}
	return NULL;
}

/* The sandbox that the current task belongs to, whatever its phase, or NULL. */
static __always_inline struct probe_sandbox *sandbox_of(struct task_struct *task, __u32 *ret_index)
{
	__u64 id = sandbox_group(task);

	return id ? sandbox_by_id(id, ret_index) : NULL;
}

/*
 * The same where it is not asked at every call of the host. Each pointer that a program follows makes the verifier search the kernel's types by
 * name (some 200 us): here a helper follows them.
 */
static __always_inline struct probe_sandbox *sandbox_current(__u32 *ret_index)
{
	__u64 id = sandbox_level == PROBE_LEVEL_ANY ?
			   bpf_get_current_cgroup_id() :
			   bpf_get_current_ancestor_cgroup_id(sandbox_level);

	return id ? sandbox_by_id(id, ret_index) : NULL;
}
