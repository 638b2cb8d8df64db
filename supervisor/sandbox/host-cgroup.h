/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where this host's cgroup controllers are: on the v2 tree, on a v1 hierarchy, or nowhere, and
 * where this process stands in each. Sources: cgroups(7), Documentation/admin-guide/cgroup-v2.rst,
 * proc_pid_mountinfo(5).
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/fault.h"

enum {
	CGROUP_PATH_BYTES = 1024, /* kubernetes' paths have about 300; a longer one is a fault */
	CGROUP_MOUNTINFO_BYTES_MAX = 8 << 20, /* some 40,000 mounts */
};

enum cgroup_controller_id {
	CGROUP_MEMORY,
	CGROUP_PIDS,
	CGROUP_CPU,
	CGROUP_CPUSET,
	CGROUP_IO,	/* "blkio" on v1 */
	CGROUP_CPUACCT, /* v1 only: on the v2 tree every group has cpu.stat without a controller */
	CGROUP_CONTROLLER_MAX
};

struct cgroup_controller {
	const char *name; /* as its tree calls it: "memory", ..., "io" on v2 and "blkio" on v1 */
	int version;	  /* 0 absent, 1, 2 */
	/* May be used from the own group: always on v1; on v2 when its cgroup.controllers has it. */
	bool available;
	char mount[CGROUP_PATH_BYTES]; /* mount point of the tree, "" when absent */
	/* Own group below the mount point ("/" at its top), "" when it cannot be seen there. */
	char self[CGROUP_PATH_BYTES];
};

struct cgroup_host {
	bool has_v2; /* a v2 tree is mounted, with or without controllers */
	bool hybrid; /* has_v2, and one of memory, pids, cpu, cpuset, io sits on v1 */
	char v2_mount[CGROUP_PATH_BYTES];
	char v2_self[CGROUP_PATH_BYTES]; /* as cgroup_controller.self */
	struct cgroup_controller controller[CGROUP_CONTROLLER_MAX];
};

/*
 * Reads /proc/self/mountinfo, /proc/self/cgroup and the v2 tree's cgroup.controllers. A host
 * without cgroups is an answer (everything absent), not an error. 0, or -errno with a fault: /proc
 * cannot be read, a path is too long. Changes nothing; any thread, any user. The struct has about
 * 14 KiB.
 */
int cgroup_host_read(struct cgroup_host *ret_host, struct fault *fault);

/*
 * Whether systemd leaves the own v2 group to us (Delegate=yes): it marks such a group with the
 * extended attribute trusted.delegate, which only root can read. Source: systemd's
 * docs/CGROUP_DELEGATION.md. A process that cgroup_move_aside() has moved to "supervisor" below
 * such a group still stands in it. Then `ret_group`, of `size` bytes, is the delegated group's path
 * in the file system; otherwise "".
 */
bool cgroup_host_delegated(const struct cgroup_host *host, char *ret_group, size_t size);

/*
 * Moves every process of a delegated group into supervisor/ below it: a group that has processes
 * may not hand controllers on to its children. 0 or -errno; nothing is moved back.
 */
int cgroup_move_aside(int group_fd);

/* "v2", "hybrid", "v1" (controllers, but no v2 tree) or "none". */
const char *cgroup_host_mode(const struct cgroup_host *host);

/*
 * The same from texts, for tests. `usable` says whether a mount point still shows the tree of
 * `version` 1 or 2 (another mount may cover it); NULL accepts all. Controllers of v2 are not known
 * yet: cgroup_host_parse_controllers() adds them.
 */
int cgroup_host_parse(const char *mountinfo, const char *self_cgroup,
		      bool (*usable)(const char *mount, int version), struct cgroup_host *ret_host,
		      struct fault *fault);

/* Adds what the v2 tree has: cgroup.controllers at its mount point and in the own group. */
void cgroup_host_parse_controllers(struct cgroup_host *host, const char *top, const char *own);
