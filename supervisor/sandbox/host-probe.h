/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of host probing: what an attempt is, and what it has to work with.
 *
 * An attempt tries one layer and says what it found. It returns 0 (the layer works), -errno (it
 * does not), or HOST_TRY_UNKNOWN with a detail; note_say() adds words. One that is marked
 * HOST_IN_CHILD runs in a process of its own: it may change anything of that process and need not
 * clean up fds, mounts or children.
 */

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/mem.h"
#include "supervisor/sandbox/host-cgroup.h"
#include "supervisor/sandbox/host.h"

enum { HOST_TRY_UNKNOWN = 1 };

/* What an attempt adds to its result. */
struct host_note {
	char detail[HOST_DETAIL_BYTES];
	const char *remedy; /* a constant that fits better than the row's, or NULL */
};

/*
 * A cgroup of our own, locked while we live; `fd` is -EBADF and `error` says why when there is
 * none.
 */
struct host_probe_group {
	int parent_fd, fd;
	int error;
	char name[64];	 /* "assay-probe-PID-CONTROLLER" */
	const char *top; /* path of the parent's tree, for details; lent */
};

/* Probe groups: one on the v2 tree, one on the hierarchy of each v1 controller. */
struct host_groups {
	struct host_probe_group v2;
	char v2_parent[2 * CGROUP_PATH_BYTES];
	struct host_probe_group v1[CGROUP_CONTROLLER_MAX];
};

struct host_context {
	bool root;
	struct cgroup_host cgroup;
	struct host_groups groups;
};

typedef int (*host_attempt)(const struct host_context *context, struct host_note *note);

enum host_attempt_flag {
	HOST_AS_ROOT = 1 << 0,	/* says nothing when tried without root */
	HOST_IN_CHILD = 1 << 1, /* changes the process that tries it */
	HOST_IN_V2 = 1 << 2,	/* needs the probe group on the v2 tree */
};

struct host_row {
	struct host_layer_info info;
	host_attempt attempt;
	unsigned flags; /* enum host_attempt_flag */
};

/* The table: host-layers.c. Rows stand by group. */
const struct host_row *host_rows(size_t *ret_n);

/*
 * Writes the detail and returns `result`, so that attempts write `return note_say(note, 0, "...")`.
 */
int note_say(struct host_note *note, int result, const char *format, ...) _printf_(3, 4);

/*
 * Runs the attempt in a child that dies with its parent and after 2 s. Returns what the attempt
 * returned, or HOST_TRY_UNKNOWN with a detail when the child did not get that far.
 */
int host_try_in_child(host_attempt attempt, const struct host_context *context,
		      struct host_note *note);

/* In an attempt's child: forks a further one that dies with it. As fork(2), with -errno. */
pid_t host_fork(void);

/*
 * Waits for a child, whose exit status is an errno. That, negative; -ECHILD when a signal ended it;
 * or -errno.
 */
int host_wait(pid_t pid);

/* Waits for a child through its pidfd. 0 when it died of `signal` (0: exited with 0), or -errno. */
int host_wait_pidfd(int pidfd, int signal);

/*
 * Whether we have the capability, on the whole host and not only in a user namespace of a
 * container.
 */
bool host_has_capability(unsigned number);

/*
 * As clone3(2) with these flags and SIGCHLD, no shared memory. `cgroup_fd` matters with
 * CLONE_INTO_CGROUP only.
 */
pid_t host_clone3(unsigned long long flags, int cgroup_fd, int *ret_pidfd);

/*
 * Makes a process that sleeps in the v2 probe group. It holds no descriptor of a group and will die
 * with its parent, also when the group is frozen. As host_clone3(), with a detail when it does not
 * live.
 */
pid_t host_clone_sleeper(const struct host_context *context, struct host_note *note, int *ret_pidfd);

/*
 * Whether a crash in a sandbox stays there under this kernel.core_pattern: 0, or -EPERM. Either with
 * a detail.
 */
int host_judge_core_pattern(const char *pattern, struct host_note *note);

/*
 * Makes the probe groups (none when `cgroup` is NULL), after removing what killed processes left.
 * Failures stand in the groups.
 */
void host_groups_make(const struct cgroup_host *cgroup, struct host_groups *ret_groups);

/* Kills what is in them and removes them. */
void host_groups_remove(struct host_groups *groups);
