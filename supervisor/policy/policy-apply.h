/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the text of a file to the nouns of lib/contract: one file of a chain laid over what its
 * bases have said.
 */

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/policy/policy-chain.h"

/* A policy while it is put together. The names are owned by the chain's documents. */
struct policy_draft {
	struct policy *policy;
	const char *compile_profile, *run_profile;
	const char *gas;
};

/*
 * Lays one file over the draft, whose policy has its name already: single values replace, `argv`
 * replaces, entries of `env`, `mounts` and `needs` are added or replace the one of the same name,
 * limits replace key by key. 0, -EINVAL with a place, or -ENOMEM.
 */
int policy_apply(struct policy_draft *draft, const struct policy_layer *layer, struct fault *fault);

/*
 * Checks the finished draft for what is missing or contradicts itself. 0 or -EINVAL with a place.
 */
int policy_check(const struct policy_draft *draft, const struct policy_chain *chain,
		 struct fault *fault);
