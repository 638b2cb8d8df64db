/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The key `deny` of a phase. */

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/policy/policy-chain.h"

/*
 * Adds what a file says under `deny` of a phase ("compile" or "run"; `doc` may be NULL) to `deny`. 0, -EINVAL or -ENOMEM with a fault that has the
 * place.
 */
int policy_deny_lay(const struct policy_layer *layer, const char *phase,
		    const struct policy_deny_doc *doc, struct policy_deny *deny,
		    struct fault *fault);

/* Checks a finished phase: each path must lie in a mount, and the phase's own command is not denied. */
int policy_deny_check(const struct policy_chain *chain, const char *name,
		      const struct policy_phase *phase, struct fault *fault);

/* The words of `connect`: the peer number `i`, from 0, or NULL after the last one. */
const char *policy_peer_name(unsigned int i);
