/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A slot: a number that is unique on the host, host ids, cgroups, a user namespace, a network namespace, and the launcher. One
 * sandbox at a time lives in it. Context: the thread that made the slot set (launchers die with it).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/fault.h"
#include "supervisor/sandbox/cgroup.h"
#include "supervisor/sandbox/launcher.h"
#include "supervisor/sandbox/namespaces.h"
#include "supervisor/sandbox/scratch.h"
#include "supervisor/sandbox/spare.h"

/* What all slots of an engine share. */
struct slot_set {
	struct cgroup_tree *tree;
	int register_fd;
	int agent_fd;
	int null_fd;				/* /dev/null, for those who read nothing */
	struct namespace_net_making *first_net; /* for the first slot, until it is made */
	uint64_t landlock_abi; /* 0: this kernel has none, or one that forbids renames between directories */
};

/* The plan of a slot's spares, and the filter that it is for. */
struct first_plan {
	int fd;		    /* -EBADF: there is none yet */
	void *instructions; /* struct sock_filter[] */
	size_t n_instructions;
	bool notifies, ipc_closed;
	bool ipc_shared; /* that filter is loaded by the plan, and is certain to leave an ipc namespace as it was */
};

struct slot {
	struct slot_set *set; /* lent */
	int number;
	int register_fd;	  /* holds the number */
	uid_t host_uid, host_gid; /* the submission's ids on the host */
	int user_fd;
	struct cgroup_slot *cgroup;
	struct launcher launcher;
	struct namespace_net net;
	struct namespace_net_making *first_net; /* until it is wanted */
	struct spare spare;
	struct first_plan first_plan;
	int late_fd; /* mount namespace of the last sandbox, whose end takes time: the launcher gets it with the next request */
	uint64_t scratch_bytes, scratch_inodes; /* of the last step; 0: there was none */
	bool broken; /* something of a step is left that does not go: never to be used again */
};

/*
 * Opens the cgroup tree and the register, loads the agent, and removes what crashed engines left. 0 or -errno; on success
 * the caller closes it.
 */
int slot_set_open(const char *libexec_dir, const struct cgroup_options *options,
		  struct slot_set **ret_set, struct fault *fault);

/* After all its slots are closed. Returns NULL. */
struct slot_set *slot_set_close(struct slot_set *set);

/* Makes a slot and starts its launcher. 0 or -errno; on success the caller closes it. */
int slot_open(struct slot_set *set, struct slot **ret_slot, struct fault *fault);

/* Makes a slot with a number, cgroups and a launcher of its own, and the ids and user namespace of `first`, which must live longer. As slot_open(). */
int slot_open_beside(const struct slot *first, struct slot **ret_slot, struct fault *fault);

/*
 * Kills what runs in it, removes everything, gives the number back (not when something is left under it: then the number stays
 * taken as long as this process lives). Returns NULL.
 */
struct slot *slot_close(struct slot *slot);

/* Lets everything in it begin to die, and does not wait. slot_close() follows. */
void slot_end(struct slot *slot);

/* Whether the launcher lives. */
bool slot_alive(const struct slot *slot);

/* Starts a new launcher in the place of a dead one. 0 or -errno. */
int slot_revive(struct slot *slot, struct fault *fault);

/*
 * Makes sure that the slot has a launcher that lives, in the groups of a step with a limit of disk traffic (`limits_io`) or without one. A spare
 * goes with its launcher: then *spare_ready is no longer true. True it says that launcher and spare have been seen alive. 0 or -errno.
 */
int slot_launcher_ready(struct slot *slot, bool limits_io, bool *spare_ready, struct fault *fault);

/* Makes sure that the slot has a clean network namespace of the wanted kind. 0 or -errno. */
int slot_net_prepare(struct slot *slot, bool loopback, struct fault *fault);

/* Removes the group of the slot's step, in which nothing should live any more. 0, or -errno with a fault, and the slot is broken. */
int slot_step_remove(struct slot *slot, struct fault *fault);

/* A scratch for the slot's ids, as scratch_create(): that of the spare when it has one that nobody has yet, else a new one. */
int slot_scratch_get(struct slot *slot, uint64_t bytes, uint64_t inodes, struct fault *fault);

/* Lets go of what the last sandbox left, for which no next one is in sight. May take some 0.1 ms. */
void slot_settle(struct slot *slot);

/* Forgets it. */
void first_plan_clear(struct first_plan *plan);
