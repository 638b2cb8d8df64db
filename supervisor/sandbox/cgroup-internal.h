/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What cgroup-tree.c, cgroup-slot.c and cgroup-step.c share; nobody else includes it. */

#include "supervisor/sandbox/cgroup.h"
#include "supervisor/sandbox/host-cgroup.h"

struct cgroup_tree {
	struct cgroup_host host;
	char base_path[CGROUP_PATH_BYTES]; /* of BASE, in the file system */
	bool own_base; /* BASE is "assay" at the top, made by an engine; false: delegated */
	bool has_psi;
	char cpuset[256];   /* "": all CPUs */
	char io_device[32]; /* "MAJOR:MINOR" of the disk that /usr is on; "": none */
	int base_fd;
	bool v1[CGROUP_CONTROLLER_MAX]; /* this controller is driven through v1 */
	bool v2[CGROUP_CONTROLLER_MAX]; /* this controller is enabled for slots on the v2 tree */
};

/* Files of the slot's v1 groups that are read for every step: opened once. */
enum cgroup_v1_file {
	CGROUP_V1_PIDS_CURRENT,
	CGROUP_V1_PIDS_PEAK,
	CGROUP_V1_PIDS_EVENTS,
	CGROUP_V1_CPU_STAT,
	CGROUP_V1_OOM_CONTROL,
	CGROUP_V1_FILE_MAX
};

struct cgroup_slot {
	struct cgroup_tree *tree; /* lent */
	unsigned number;
	unsigned long steps; /* how many were begun: K of run-K */
	int slot_fd, agent_fd, step_fd;
	char step_name[32];
	int v1_fd[CGROUP_CONTROLLER_MAX]; /* directory of the slot's v1 group, or -EBADF */
	int v1_file[CGROUP_V1_FILE_MAX];  /* or -EBADF: another hierarchy, or an older kernel */
	struct cgroup_memory_fds memory;  /* on v1 */
	int oom_fd;			  /* eventfd on v1 */
	/* v1 counters as they were read last: they belong to the slot and only rise. */
	uint64_t oom_kills_last, pids_refused_last, throttled_last, pids_peak_last;
	uint64_t v1_pids, v1_cpus, v1_io; /* limits in force in the v1 groups, as given */
};

/* Processes of ours in the slot's v1 groups while a step runs: the launcher and PID 1. */
enum { CGROUP_V1_OWN_PROCESSES = 2 };

enum { CGROUP_TEXT_BYTES = 4096 };

/*
 * What one read gives of a file of a cgroup's, and that is all of it: the kernel shows such a file whole when there is room. Ends with
 * NUL. 0 or -errno.
 */
int cgroup_text(int fd, char text[static CGROUP_TEXT_BYTES]);

/* The same of a file that is opened for it. */
int cgroup_text_at(int dir_fd, const char *file, char text[static CGROUP_TEXT_BYTES]);

/* Opens the v1 group "assay/slot-N" of a controller, making both when `create`. fd or -errno. */
int cgroup_v1_slot_open(const struct cgroup_tree *tree, enum cgroup_controller_id id,
			unsigned number, bool create);

/* Gives the slot's group its CPUs, and memory nodes where it needs them. 0 or -errno; 0 when none are chosen. */
int cgroup_cpuset_apply(const struct cgroup_tree *tree, int slot_v2_fd, int slot_v1_fd);

/* Finds tree->io_device. */
void cgroup_io_device_find(struct cgroup_tree *tree);

/* Removes it, and "assay" when that is empty then. 0 or -errno. */
int cgroup_v1_slot_remove(const struct cgroup_tree *tree, enum cgroup_controller_id id,
			  unsigned number);

/*
 * Opens BASE/slot-N. With `create` it is made (BASE too, when another engine just removed it) and locked: -EBUSY when another
 * engine has it. fd or -errno.
 */
int cgroup_v2_slot_open(const struct cgroup_tree *tree, unsigned number, bool create);

/*
 * Kills everything below the directory and removes it with all its children, waiting for processes to be gone.
 * 0 or -errno (-EBUSY when something does not die in time).
 */
int cgroup_v2_remove_recursive(int parent_fd, const char *name);
