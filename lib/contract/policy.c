/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a resolved policy. It owns everything that it points to, and no two of its pointers share a block, so
 * freeing it is one walk in the order of the struct. A policy that was only half made (a reader that stopped at an
 * error) is freed in the same way: zeroed memory is a valid, empty policy.
 */

#include "lib/contract/policy.h"

#include "lib/base/strv.h"

static void phase_clear(struct policy_phase *phase)
{
	(void)strv_free(phase->argv);
	(void)strv_free(phase->env);
	(void)strv_free(phase->deny.exec);
	(void)strv_free(phase->deny.open);
	for (size_t i = 0; i < phase->n_mounts; i++) {
		free(phase->mounts[i].source);
		free(phase->mounts[i].target);
	}
	free(phase->mounts);
	free(phase->filter.profile);
	free(phase->filter.instructions);
}

bool policy_phase_denies(const struct policy_phase *phase)
{
	return phase->deny.exec != NULL || phase->deny.open != NULL || phase->deny.connect != 0;
}

struct policy *policy_free(struct policy *policy)
{
	if (!policy)
		return NULL;
	free(policy->name);
	free(policy->file);
	free(policy->summary);
	(void)strv_free(policy->extensions);
	free(policy->source_name);
	free(policy->gas);
	phase_clear(&policy->compile);
	phase_clear(&policy->run);
	for (size_t i = 0; i < policy->n_needs; i++) {
		free(policy->needs[i].path);
		free(policy->needs[i].package);
	}
	free(policy->needs);
	free(policy);
	return NULL;
}
