/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the cgroup-*.c share; nobody else includes it. */

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

/* Files of a step's v2 group that are read for every step. */
enum cgroup_step_file {
	CGROUP_STEP_EVENTS,
	CGROUP_STEP_CPU_STAT,
	CGROUP_STEP_PRESSURE_CPU,
	CGROUP_STEP_PRESSURE_MEMORY,
	CGROUP_STEP_PRESSURE_IO,
	CGROUP_STEP_FILE_MAX
};

/* Counters of a step's v2 group that only rise. Those of pressure are last: they may not be there. */
enum cgroup_step_counter {
	CGROUP_STEP_USAGE,
	CGROUP_STEP_USER,
	CGROUP_STEP_SYSTEM,
	CGROUP_STEP_CPU_COUNTERS, /* how many are of CPU time */
	CGROUP_STEP_PRESSURE_FIRST = CGROUP_STEP_CPU_COUNTERS,
	CGROUP_STEP_STALL_CPU = CGROUP_STEP_PRESSURE_FIRST,
	CGROUP_STEP_STALL_MEMORY,
	CGROUP_STEP_STALL_IO,
	CGROUP_STEP_COUNTER_MAX
};

struct cgroup_slot {
	struct cgroup_tree *tree; /* lent */
	unsigned number;
	unsigned long steps; /* how many groups were made: K of run-K */
	int slot_fd, agent_fd;
	int step_fd; /* the group of the step that is; -EBADF: there is none */
	int kept_fd; /* that of the last step, for the next (cgroup-kept.c), or -EBADF */
	int step_file[CGROUP_STEP_FILE_MAX]; /* of either, or -EBADF */
	bool step_touched;		     /* killed or frozen */
	bool seen_empty;		     /* cgroup_step_empty() has said so */
	unsigned counted;		     /* bit k: counter_now[k] is of this step */
	/* What stood in the group at the step's begin, and when it was read last; in the unit of the file. */
	uint64_t counter_base[CGROUP_STEP_COUNTER_MAX], counter_now[CGROUP_STEP_COUNTER_MAX];
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

/* The text of a file of the step's group; the file stays open where the group may be kept. 0 or -errno. */
int cgroup_step_text(struct cgroup_slot *slot, enum cgroup_step_file file,
		     char text[static CGROUP_TEXT_BYTES]);

/* Notes that a counter of the step's group is `now`. How much it has risen since the step's begin. */
uint64_t cgroup_step_rise(struct cgroup_slot *slot, enum cgroup_step_counter counter, uint64_t now);

/* Ends the step and keeps its group, if that may be done. Whether it was: otherwise nothing has changed. */
bool cgroup_step_keep(struct cgroup_slot *slot);

/*
 * Takes what stands in a kept group's counters of CPU time as the step's begin. A process that ended last is charged for its last us when it is no
 * longer counted in the group, which may be after the last reading of the step before.
 */
void cgroup_step_cpu_rebase(struct cgroup_slot *slot);

/* Begins a step in the group that was kept. Whether there was one: otherwise it is to be made. */
bool cgroup_step_take_kept(struct cgroup_slot *slot);

/* Closes the files of the step's group. */
void cgroup_step_files_close(struct cgroup_slot *slot);

/*
 * Makes the v1 group "assay-slot-N" of a controller, anew when one stands there, and opens it. fd or -errno; -EBUSY: somebody lives in the one that stands
 * there.
 */
int cgroup_v1_slot_open(const struct cgroup_tree *tree, enum cgroup_controller_id id,
			unsigned number);

/* Gives the slot's group its CPUs, and memory nodes where it needs them. 0 or -errno; 0 when none are chosen. */
int cgroup_cpuset_apply(const struct cgroup_tree *tree, int slot_v2_fd, int slot_v1_fd);

/* Finds tree->io_device. */
void cgroup_io_device_find(struct cgroup_tree *tree);

/* Which hierarchy's groups are made first of all on v1, and removed last. CGROUP_CONTROLLER_MAX: none is driven. */
enum cgroup_controller_id cgroup_v1_first(const struct cgroup_tree *tree);

/* Whether any group of a slot stands on v1. */
bool cgroup_v1_slot_stands(const struct cgroup_tree *tree, unsigned number);

/* How v1 groups are called, before the number. */
#define CGROUP_V1_NAME "assay-slot-"

/* Removes it. 0, also when it is not there, or -errno. */
int cgroup_v1_slot_remove(const struct cgroup_tree *tree, enum cgroup_controller_id id,
			  unsigned number);

/*
 * Opens BASE/slot-N. With `create` it is made (BASE too, when another engine just removed it) and locked: -EBUSY when another
 * engine has it. fd or -errno.
 */
int cgroup_v2_slot_open(const struct cgroup_tree *tree, unsigned number, bool create);

/*
 * Kills everything in the directory and removes all its children, waiting for processes to be gone.
 * 0, also when it is not there, or -errno (-EBUSY when something does not die in time).
 */
int cgroup_v2_clear(int parent_fd, const char *name);
