/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy can be made of right words and still be wrong as a whole: a phase without a
 * filter, a limit that nobody set, a wall time below the CPU time.
 *
 * Design: the checks of the finished draft. The place of a message is in the file nearest to
 * the leaf that says anything about it: that is the one to edit.
 *
 * Invariant: a policy that passes has, for each phase that exists, a command, a filter and every
 * limit that keeps the host safe.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/policy/policy-apply.h"
#include "supervisor/policy/policy-deny.h"

#define LAYER "policy"

/* One phase of the draft. */
struct phase_check {
	const struct policy_chain *chain;
	const struct policy_phase *phase;
	const char *name; /* "compile" or "run" */
	const char *profile;
	struct fault *fault;
};

static int check_limits(const struct phase_check *check)
{
	char place[32], error[160];

	(void)snprintf(place, sizeof(place), "%s.limits", check->name);
	for (unsigned int key = 0; key < LIMIT_MAX; key++) {
		const struct limit_info *info = limit_info((enum limit_key)key);

		if (!info->may_be_none && !(check->phase->limits.set & UINT32_C(1) << key))
			return policy_chain_fault(check->chain, check->fault, place,
						  "missing limit '%s' (%s); expected it here or in "
						  "a base",
						  info->name, info->summary);
	}
	if (limits_get(&check->phase->limits, LIMIT_WALL) <
	    limits_get(&check->phase->limits, LIMIT_CPU))
		return policy_chain_fault(check->chain, check->fault, place,
					  "wall is below cpu; expected wall of at least cpu");
	if (limits_check(&check->phase->limits, error, sizeof(error)) < 0)
		return policy_chain_fault(check->chain, check->fault, place, "%s", error);
	return 0;
}

/*
 * Whether a file that can be run says anything about a phase; bases may for those that come after.
 */
static bool is_meant(const struct phase_check *check)
{
	for (size_t i = 0; i < check->chain->n_layers; i++) {
		const struct policy_layer *layer = &check->chain->layers[i];

		if (!policy_is_abstract(layer) && yaml_text_has(layer->text, check->name))
			return true;
	}
	return false;
}

static int check_phase(const struct phase_check *check, bool required)
{
	int r;

	if (!check->phase->argv && !required && !is_meant(check))
		return 0;
	if (!check->phase->argv)
		return policy_chain_fault(check->chain, check->fault, check->name,
					  "no command in '%s'; expected 'argv' here or in a base",
					  check->name);
	if (!check->profile)
		return policy_chain_fault(
			check->chain, check->fault, check->name,
			"no system call filter in '%s'; expected 'seccomp: PROFILE'", check->name);
	r = policy_deny_check(check->chain, check->name, check->phase, check->fault);
	return r < 0 ? r : check_limits(check);
}

int policy_check(const struct policy_draft *draft, const struct policy_chain *chain,
		 struct fault *fault)
{
	const struct policy *policy = draft->policy;
	const struct phase_check compile = {
		.chain = chain,
		.phase = &policy->compile,
		.name = "compile",
		.profile = draft->compile_profile,
		.fault = fault,
	};
	const struct phase_check run = {
		.chain = chain,
		.phase = &policy->run,
		.name = "run",
		.profile = draft->run_profile,
		.fault = fault,
	};
	int r;

	if (!policy->summary)
		return policy_chain_fault(chain, fault, "",
					  "missing 'summary'; expected one line for people");
	if (policy_is_abstract(&chain->layers[0])) {
		if (policy->extensions)
			return policy_chain_fault(
				chain, fault, "extensions",
				"an abstract policy has no extensions; expected none");
		return 0;
	}
	r = check_phase(&compile, false);
	if (r == 0)
		r = check_phase(&run, true);
	if (r == 0 && !draft->gas)
		r = policy_chain_fault(
			chain, fault, "",
			"missing 'gas'; expected the name of a gas schedule here or in a base");
	return r;
}
