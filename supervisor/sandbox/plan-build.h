/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing plans: from what a step should be to the agent's list of operations (agent/abi/plan.h). */

#include <stdbool.h>
#include <stdint.h>

#include "agent/abi/plan.h"
#include "lib/base/fault.h"
#include "lib/contract/limits.h"
#include "lib/contract/policy.h"

/* All pointers are lent for the call. */
struct plan_spec {
	char *const *argv; /* argv[0] is what execve gets: absolute, or relative to the work directory */
	char *const *env;
	const struct limits *limits;
	unsigned neighbours; /* processes of the same ids in other sandboxes, which wait (lanes) */
	unsigned n_stdio;    /* 3, or 5 with AGENT_FD_EXTRA3 and 4 */
	bool stage;	     /* AGENT_FD_STAGE is copied into the work directory */
	bool held;	     /* the supervisor says when it begins */
	uint64_t memory_v1_bytes; /* limit of the slot's v1 memory group; 0: memory is limited elsewhere */
};

/*
 * The plan that makes a sandbox, up to the order; the same for all steps under one filter. `landlock_abi` 0: no Landlock. Returns a sealed
 * memfd (owned by the caller) or -errno. *ret_ipc_closed: the plan loads the filter, under which an ipc namespace stays as it is: the sandbox
 * needs none of its own.
 */
int plan_build_first(const struct policy_filter *filter, uint64_t landlock_abi,
		     bool *ret_ipc_closed, struct fault *fault);

/* The plan of an order. Returns its size, with the bytes in *ret_bytes (the caller's, by malloc()), or -errno; -E2BIG: argv and env do not fit. */
int plan_build(const struct plan_spec *spec, char **ret_bytes, struct fault *fault);

/* A plan as a sealed memfd (owned by the caller), or -errno. */
int plan_seal(const char *bytes, size_t size, struct fault *fault);

/* The layer that an operation puts in force, for messages: "seccomp", "mounts", ... A constant. */
const char *plan_op_layer(uint32_t kind);
