/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What this kernel and host offer, layer by layer, found by trying (a version number says little:
 * kernels are configured, patched and confined). Every layer is one row of the table in
 * host-layers.c.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"
#include "lib/contract/policy.h"
#include "supervisor/sandbox/host-cgroup.h"

enum host_state {
	HOST_PRESENT,
	HOST_ABSENT,
	HOST_UNKNOWN, /* could not be tried, `detail` says why */
	HOST_STATE_MAX
};

enum host_group {
	HOST_GROUP_NAMESPACES,
	HOST_GROUP_MOUNTS,
	HOST_GROUP_PROCESSES,
	HOST_GROUP_SECURITY,
	HOST_GROUP_CGROUPS,
	HOST_GROUP_BPF,
	HOST_GROUP_MACHINE,
	HOST_GROUP_MAX
};

/* Which policies cannot run without the layer. */
enum host_need {
	HOST_NEED_NONE,	    /* optional: better with it */
	HOST_NEED_ALL,	    /* required by every policy */
	HOST_NEED_LOOPBACK, /* by those with network: loopback */
	HOST_NEED_NOTIFY,   /* by those whose filter notifies the supervisor */
	HOST_NEED_CPUS,	    /* by those with a limit of CPU bandwidth */
	HOST_NEED_DENY,	    /* by those that deny files or connections */
};

struct host_layer_info {
	const char *name; /* stable word: "user-namespace", "cgroup-kill" */
	enum host_group group;
	enum host_need need;
	const char *purpose; /* what the layer gives, as a phrase: "the memory limit" */
	const char *remedy;  /* what to do when it is absent; a sentence */
};

enum {
	HOST_LAYERS_MAX = 96, /* rows of the table; some 65 are used */
	HOST_DETAIL_BYTES = 160,
};

struct host_layer {
	const struct host_layer_info *info;
	enum host_state state;
	char detail[HOST_DETAIL_BYTES]; /* what was found, in a few words, on one line */
	const char *remedy;		/* constant; NULL when the layer is present */
};

struct host_report {
	bool root; /* whether the caller has uid 0; without it most layers are unknown */
	struct cgroup_host cgroup;
	struct host_layer layers[HOST_LAYERS_MAX]; /* by group */
	size_t n_layers;
};

/*
 * Tries everything; takes some 50 ms. What could change the caller happens in children that end
 * within 2 s, in namespaces and in cgroups "assay-probe-*" of their own, all gone when this
 * returns; probe groups that a killed process left are removed first. SIGHUP, SIGINT, SIGQUIT and
 * SIGTERM wait until the end. Nothing of the host is changed. From one thread, with SIGCHLD not
 * ignored. On 0 the caller frees *ret_report with host_report_free(); -errno with a fault when
 * nothing could be found out (-ENOMEM, /proc not mounted).
 */
int host_probe(struct host_report **ret_report, struct fault *fault);

/* Returns NULL. */
struct host_report *host_report_free(struct host_report *report);

static inline void host_report_free_ptr(struct host_report **report)
{
	(void)host_report_free(*report);
}

#define _cleanup_host_report_ _cleanup_(host_report_free_ptr)

/* The layer with this name, lent, or NULL. */
const struct host_layer *host_report_find(const struct host_report *report, const char *name);

/* "present", "absent", "unknown"; "namespaces", "mounts", ...: stable words. */
const char *host_state_name(enum host_state state);
const char *host_group_name(enum host_group group);

/* Whether `policy` can only run with the layer. */
bool host_layer_required(const struct host_layer_info *info, const struct policy *policy);

/*
 * What stands against the policy: required layers that are not present, programs and files it needs
 * that are not there (those that a phase starts must be executable), and the packages that bring
 * them. Arrays of strings that the caller frees with host_missing_clear(). 0 or -ENOMEM.
 */
struct host_missing {
	char **layers;
	char **programs;
	char **packages; /* without duplicates */
};

/* Fills *ret_missing, which the caller clears. 0 or -ENOMEM. */
int host_policy_missing(const struct host_report *report, const struct policy *policy,
			struct host_missing *ret_missing);

/* Frees what is in it. */
void host_missing_clear(struct host_missing *missing);

/* The ABI version of Landlock, 0 when the kernel has none or it is off. One system call. */
int host_landlock_abi(void);
