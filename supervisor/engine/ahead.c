/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root takes as long to make as an engine does, and needs nothing of it: who has a policy before an engine makes both at once. The first job finds its
 * roots where it looks for them anyway.
 */

#include <stdlib.h>

#include "supervisor/engine/engine-internal.h"

struct engine_ahead {
	struct roots roots;
};

struct engine_ahead *engine_ahead_make(const struct policy *policy)
{
	struct engine_ahead *ahead = new0(struct engine_ahead, 1);

	if (ahead == NULL)
		return NULL;
	if (policy->compile.argv != NULL)
		(void)roots_get(&ahead->roots, policy->compile.mounts, policy->compile.n_mounts,
				NULL);
	(void)roots_get(&ahead->roots, policy->run.mounts, policy->run.n_mounts, NULL);
	return ahead;
}

void engine_ahead_give(struct engine_ahead *ahead, struct engine *engine)
{
	if (ahead == NULL)
		return;
	if (engine != NULL && engine->roots.n == 0)
		engine->roots = ahead->roots;
	else
		roots_clear(&ahead->roots);
	free(ahead);
}
