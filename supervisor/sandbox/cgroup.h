/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cgroups of an engine. The v2 tree gives every step its identity, its kill, its CPU clock and (later) its BPF
 * programs; a controller limits it there, or, where the kernel still binds it to a v1 hierarchy, in the slot's v1 group.
 *
 *   BASE/slot-N/agent    the slot's launcher and every PID 1: neither limited nor metered as the submission
 *   BASE/slot-N/run-K    a step of the slot, made for it and removed after it; without a controller on v2 kept for the next step (cgroup-kept.c)
 *   V1/assay-slot-N      for each controller on v1: launcher, PID 1 and step together
 *
 * BASE is the own group when systemd delegated it, otherwise "assay" at the top of the tree. Context: any thread, one at a
 * time per object.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/fault.h"
#include "lib/contract/limits.h"
#include "lib/contract/result.h"

enum { CGROUP_STEP_LEVELS = 2 }; /* BASE/slot-N/run-K */

struct cgroup_tree;
struct cgroup_slot;

/* The four v1 files that the agent's PLAN_INIT_BASELINE needs; -EBADF on v2. Lent. */
struct cgroup_memory_fds {
	int usage, peak, limit, memsw;
};

/* What one step cost, as the kernel counted it. */
struct cgroup_usage {
	uint64_t cpu_ns, user_ns, system_ns, throttled_ns;
	uint64_t memory_peak_bytes;
	uint64_t processes_peak;
	uint64_t oom_events; /* the group itself was out of memory (on v1 told by cgroup_slot_oom_take() alone) */
	uint64_t oom_kills; /* processes of it that the kernel killed for memory, whoever was out of it */
	uint64_t pids_refused;
	uint64_t pressure_cpu_ns, pressure_memory_ns, pressure_io_ns; /* UINT64_MAX: no PSI here */
	struct step_sources sources;
};

/* What a step uses at one moment; 0 where the host does not count it. */
struct cgroup_sample {
	uint64_t memory_bytes, cpu_ns, processes;
};

/* Its files, kept open, and what is not the step's in them. */
struct cgroup_sampler {
	int memory_fd, pids_fd, cpu_fd;
	uint64_t own_bytes, own_processes, own_ns;
};

struct cgroup_options {
	bool allow_degraded;
	const char *cpuset; /* CPUs of all slots as cpuset(7) writes them ("0-3,6"), or NULL: all; lent for the call */
};

/*
 * Finds the controllers and makes BASE. Needs root. -ENOTSUP when memory or pids cannot be limited (the fault says
 * why and what to do), unless degrading is allowed; likewise when CPUs are chosen and there is no cpuset controller. On success the caller closes it.
 */
int cgroup_tree_open(const struct cgroup_options *options, struct cgroup_tree **ret_tree,
		     struct fault *fault);

/* Removes BASE when nothing is in it, frees. Returns NULL. */
struct cgroup_tree *cgroup_tree_close(struct cgroup_tree *tree);

/* "v2" or "hybrid". */
const char *cgroup_tree_mode(const struct cgroup_tree *tree);

/* The directory of BASE; a step's group is CGROUP_STEP_LEVELS below it. Lent. */
int cgroup_tree_base_fd(const struct cgroup_tree *tree);

/*
 * Whether a limit can be put in force. `key` is LIMIT_MEMORY, LIMIT_PIDS, LIMIT_CPUS or LIMIT_IO (which needs a disk
 * under /usr as well).
 */
bool cgroup_tree_limits(const struct cgroup_tree *tree, enum limit_key key);

/*
 * Marks in `seen` (room for `max`) each number for which a group stands, whoever made it. 0 or -errno.
 */
int cgroup_tree_slots(const struct cgroup_tree *tree, bool *seen, size_t max);

/*
 * Kills and removes what a crashed engine left for slot `number`. The caller holds the slot's number. 0, -ENOENT when there
 * was nothing, or -errno.
 */
int cgroup_tree_recover(struct cgroup_tree *tree, unsigned number, struct fault *fault);

/* Makes the groups of slot `number`. 0 or -errno; the caller removes it. */
int cgroup_slot_create(struct cgroup_tree *tree, unsigned number, struct cgroup_slot **ret_slot,
		       struct fault *fault);

/* Kills what is left in it, removes its groups, frees the slot in any case. 0, or -errno: something is left. */
int cgroup_slot_remove(struct cgroup_slot *slot);

/* Kills everything in the slot, launcher included. */
int cgroup_slot_kill(const struct cgroup_slot *slot);

/* The directory of agent/, for CLONE_INTO_CGROUP. Lent. */
int cgroup_slot_agent_fd(const struct cgroup_slot *slot);

/*
 * A step with a limit of disk traffic comes: on v1 its group is made when the first one does. 1: it is new, and the slot's launcher has to be
 * started anew to be in it; 0: there is nothing to do; or -errno with a fault.
 */
int cgroup_slot_io_want(struct cgroup_slot *slot, struct fault *fault);

/*
 * Opens what a process writes "0" to, in turn, to be in the slot's v1 groups: `tasks` of each. Into `fds` (the caller's), of which
 * CGROUP_JOIN_MAX are there. How many, 0 on v2; or -errno, and none is open. Context: any thread; who writes must be the only one of its process.
 */
enum { CGROUP_JOIN_MAX = 6 };
int cgroup_slot_join_open(const struct cgroup_slot *slot, int fds[static CGROUP_JOIN_MAX]);

/*
 * On v1: polls readable when the slot ran out of memory, which cgroup_slot_oom_take() then tells once. -EBADF on v2, where the
 * kernel kills the whole group itself.
 */
int cgroup_slot_oom_fd(const struct cgroup_slot *slot);

/* Whether memory ran out on v1 since the last call. False on v2. Never blocks. */
bool cgroup_slot_oom_take(struct cgroup_slot *slot);

/*
 * On v1: what launcher and PID 1 have charged to the slot's memory group, in bytes. Measured 0.6 MiB; the kernel's batches per CPU
 * are of the same size.
 */
#define CGROUP_V1_OWN_BYTES (UINT64_C(1) << 20)

/* Makes the group of the next step, or takes the one that was kept for it. Ends with cgroup_step_end(). 0 or -errno; on failure nothing is left. */
int cgroup_step_begin(struct cgroup_slot *slot, struct fault *fault);

/* Puts the limits of the step in force, in its group or the slot's. 0 or -errno. */
int cgroup_step_limit(struct cgroup_slot *slot, const struct limits *limits, struct fault *fault);

/* The step's directory, for CLONE_INTO_CGROUP. Lent. */
int cgroup_step_fd(const struct cgroup_slot *slot);

/* The files for PLAN_INIT_BASELINE; they stay the slot's. */
struct cgroup_memory_fds cgroup_step_memory_fds(const struct cgroup_slot *slot);

/*
 * What is charged to the slot's v1 memory group now, in bytes, from where its peak counts again. 0 or -errno. Only where
 * cgroup_step_memory_fds() has files. Source: cgroup-v1/memory.rst, 5.1 and 5.2.
 */
int cgroup_step_memory_rebase(struct cgroup_slot *slot, uint64_t *ret_bytes);

/* CPU time that was in the step's group before the step, in ns: whoever asks the kernel for the group's time has it in the answer. */
uint64_t cgroup_step_cpu_base_ns(const struct cgroup_slot *slot);

/* CPU time of the running step so far, in ns. 0 or -errno. */
int cgroup_step_cpu_ns(struct cgroup_slot *slot, uint64_t *ret_ns);

/*
 * The same, exact: the kernel adds a running process's time to its group's only now and then, and is made to do it now. Takes some us a
 * process.
 */
int cgroup_step_cpu_exact_ns(struct cgroup_slot *slot, uint64_t *ret_ns);

/* Kills every process of the step. 0 or -errno. Source: cgroup-v2.rst, cgroup.kill. */
int cgroup_step_kill(struct cgroup_slot *slot);

/* Freezes or thaws every process of the step; a frozen one dies when it is killed. 0 or -errno. Source: cgroup-v2.rst, cgroup.freeze. */
int cgroup_step_freeze(struct cgroup_slot *slot, bool frozen);

/* Whether no process is in the step's group. Source: cgroup-v2.rst, cgroup.events. */
bool cgroup_step_empty(struct cgroup_slot *slot);

/* Reads the step's counters but for CPU time, once. `baseline_bytes` is what the agent reported (0 on v2). */
int cgroup_step_usage(struct cgroup_slot *slot, uint64_t baseline_bytes,
		      struct cgroup_usage *ret_usage, struct fault *fault);

/* Adds its CPU time to what cgroup_step_usage() filled, once. 0 or -errno with a fault. */
int cgroup_step_usage_cpu(struct cgroup_slot *slot, struct cgroup_usage *usage, struct fault *fault);

/*
 * Opens what cgroup_sampler_read() reads. `baseline_bytes` and `prepared_ns` are what the agent reported. 0 or -errno; on success the caller closes
 * it, before cgroup_step_end().
 */
int cgroup_sampler_open(const struct cgroup_slot *slot, uint64_t baseline_bytes,
			uint64_t prepared_ns, struct cgroup_sampler *ret_sampler);

/* CPU time is up to a tick of the scheduler old. 0 or -errno. */
int cgroup_sampler_read(const struct cgroup_sampler *sampler, struct cgroup_sample *ret_sample);

void cgroup_sampler_close(struct cgroup_sampler *sampler);

/* Removes the step's group, or keeps it when it is as good as new. -EBUSY: something still lives in it; the caller kills and tries again. */
int cgroup_step_end(struct cgroup_slot *slot, struct fault *fault);
