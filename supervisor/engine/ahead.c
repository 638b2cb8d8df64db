/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root takes as long to make as an engine does, and needs nothing of it: who has a policy before an engine makes both at once. The first job finds its
 * roots where it looks for them anyway. Once both are there its first sandbox can be asked for: it is made while the loop is.
 */

#include <errno.h>
#include <stdlib.h>

#include "supervisor/engine/engine-internal.h"

struct engine_ahead {
	const struct policy *policy; /* lent */
	struct roots roots;
};

struct engine_ahead *engine_ahead_make(const struct policy *policy)
{
	struct engine_ahead *ahead = new0(struct engine_ahead, 1);

	if (ahead == NULL)
		return NULL;
	ahead->policy = policy;
	if (policy->compile.argv != NULL)
		(void)roots_get(&ahead->roots, policy->compile.mounts, policy->compile.n_mounts,
				NULL);
	(void)roots_get(&ahead->roots, policy->run.mounts, policy->run.n_mounts, NULL);
	return ahead;
}

/* That of the first step, as lane_first() will want it. What goes wrong is said when it is asked for again. */
static void sandbox_ask(struct engine *engine, const struct policy *policy)
{
	const struct policy_phase *phase =
		policy->compile.argv != NULL ? &policy->compile : &policy->run;
	struct spare_spec spec = {
		.filter = &phase->filter,
		.scratch_fd = -EBADF,
		.root_fd = roots_get(&engine->roots, phase->mounts, phase->n_mounts, NULL),
	};

	if (phase->network != POLICY_NETWORK_LOOPBACK && spec.root_fd >= 0)
		(void)spare_prepare(engine->slots[0], &spec, NULL);
}

void engine_ahead_give(struct engine_ahead *ahead, struct engine *engine)
{
	if (ahead == NULL)
		return;
	if (engine != NULL && engine->roots.n == 0) {
		engine->roots = ahead->roots;
		sandbox_ask(engine, ahead->policy);
	} else {
		roots_clear(&ahead->roots);
	}
	free(ahead);
}
