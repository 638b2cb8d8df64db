/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU time of a group has no timer of its own in user space, and polling at a fixed rate either wakes a judge a hundred
 * times for nothing or overshoots. With B left and at most P CPUs at once the budget cannot be gone before B / P from
 * now: sleep so long, look again. A step that uses P CPUs all the time is looked at a few times, a sleeping one at a handful of
 * times that its wall limit bounds.
 */

#include "supervisor/engine/deadline.h"

#include "lib/base/mem.h"

enum { ONE_CPU = 1000 };

uint64_t deadline_parallelism(const struct limits *limits, unsigned n_cpus)
{
	uint64_t most = (uint64_t)(n_cpus > 0 ? n_cpus : 1) * ONE_CPU;
	uint64_t pids = limits_get(limits, LIMIT_PIDS);

	if (pids != LIMIT_NONE)
		most = MIN(most, pids * ONE_CPU);
	return MAX(most, (uint64_t)ONE_CPU);
}

uint64_t deadline_next_ns(uint64_t now_ns, uint64_t used_ns, uint64_t budget_ns,
			  uint64_t parallelism)
{
	uint64_t left, wait;

	if (budget_ns == LIMIT_NONE)
		return LIMIT_NONE;
	left = budget_ns > used_ns ? budget_ns - used_ns : 0;
	/* Split so that no product overflows for budgets of years. */
	wait = left / parallelism * ONE_CPU + left % parallelism * ONE_CPU / parallelism;
	return now_ns + MAX(wait, DEADLINE_STEP_NS);
}
