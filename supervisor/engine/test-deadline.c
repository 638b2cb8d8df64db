/* SPDX-License-Identifier: Apache-2.0 */
/* When the CPU clock is looked at: never too late, never all the time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "supervisor/engine/deadline.h"

#define NOW (UINT64_C(1000) * NSEC_PER_SEC)

static uint64_t parallelism(uint64_t pids, unsigned n_cpus)
{
	struct limits limits = {0};

	limits_set(&limits, LIMIT_PIDS, pids);
	return deadline_parallelism(&limits, n_cpus);
}

static void parallelism_is_the_smaller(void **state _unused_)
{
	struct limits none = {0};

	assert_int_equal(parallelism(1, 64), 1000);
	assert_int_equal(parallelism(4, 2), 2000);
	assert_int_equal(parallelism(3, 64), 3000);
	assert_int_equal(parallelism(32768, 1), 1000);
	assert_int_equal(parallelism(4, 0), 1000);
	assert_int_equal(parallelism(LIMIT_NONE, 8), 8000);
	assert_int_equal(deadline_parallelism(&none, 8), 8000);
}

/* A bandwidth says nothing about one moment: it must not make the engine look later. */
static void bandwidth_counts_for_nothing(void **state _unused_)
{
	struct limits limits = {0};

	limits_set(&limits, LIMIT_PIDS, 4);
	limits_set(&limits, LIMIT_CPUS, 100);
	assert_int_equal(deadline_parallelism(&limits, 4), 4000);
}

static void none_is_none(void **state _unused_)
{
	assert_true(deadline_next_ns(NOW, 5, LIMIT_NONE, 1000) == LIMIT_NONE);
}

static void budget_over_parallelism(void **state _unused_)
{
	assert_int_equal(deadline_next_ns(NOW, 0, NSEC_PER_SEC, 1000), NOW + NSEC_PER_SEC);
	assert_int_equal(deadline_next_ns(NOW, 0, NSEC_PER_SEC, 4000), NOW + NSEC_PER_SEC / 4);
	assert_int_equal(deadline_next_ns(NOW, NSEC_PER_SEC / 2, NSEC_PER_SEC, 2000),
			 NOW + NSEC_PER_SEC / 4);
}

static void tiny_budgets_wait_a_step(void **state _unused_)
{
	assert_int_equal(deadline_next_ns(NOW, 0, 0, 1000), NOW + DEADLINE_STEP_NS);
	assert_int_equal(deadline_next_ns(NOW, 0, 1, 1000), NOW + DEADLINE_STEP_NS);
	assert_int_equal(deadline_next_ns(NOW, 100, 100, 1000), NOW + DEADLINE_STEP_NS);
	assert_int_equal(deadline_next_ns(NOW, UINT64_MAX, 100, 1000), NOW + DEADLINE_STEP_NS);
	assert_int_equal(deadline_next_ns(NOW, 0, DEADLINE_STEP_NS, 1000), NOW + DEADLINE_STEP_NS);
	assert_int_equal(deadline_next_ns(NOW, 0, DEADLINE_STEP_NS + 1, 1000),
			 NOW + DEADLINE_STEP_NS + 1);
}

/* The largest that a policy can ask for, on the largest host, and far beyond. */
static void huge_budgets(void **state _unused_)
{
	const uint64_t day = UINT64_C(86400) * NSEC_PER_SEC;

	assert_int_equal(deadline_next_ns(NOW, 0, day + 60 * NSEC_PER_SEC, 1000),
			 NOW + day + 60 * NSEC_PER_SEC);
	assert_int_equal(deadline_next_ns(NOW, 0, 4000 * day, 4000), NOW + 1000 * day);
	assert_int_equal(deadline_next_ns(NOW, 0, 4000 * day, UINT64_C(4096000)),
			 NOW + 4000 * day / 4096);
	assert_true(deadline_next_ns(NOW, 0, UINT64_MAX / 2, 1000) > NOW);
}

/* Whatever the numbers: at full use the budget is not gone before the deadline, but for the last step. */
static void never_after_the_budget(void **state _unused_)
{
	static const uint64_t budgets[] = {1, 999, 2000000, 2000001, 123456789, 3600000000007};
	static const uint64_t cpus[] = {1000, 1001, 3000, 64000, 1024000};

	for (size_t i = 0; i < ARRAY_SIZE(budgets); i++)
		for (size_t k = 0; k < ARRAY_SIZE(cpus); k++) {
			uint64_t wait = deadline_next_ns(0, 0, budgets[i], cpus[k]);

			assert_true(wait == DEADLINE_STEP_NS || wait * cpus[k] <= budgets[i] * 1000);
			assert_true(wait >= DEADLINE_STEP_NS);
		}
}

/* A spinner on one of many CPUs is looked at a handful of times: what is left shrinks by a fraction each time. */
static void few_looks(void **state _unused_)
{
	uint64_t used = 0, now = NOW;
	unsigned looks = 0;

	while (used < 10 * NSEC_PER_SEC) {
		uint64_t at = deadline_next_ns(now, used, 10 * NSEC_PER_SEC, 2000);

		used += at - now;
		now = at;
		looks++;
	}
	assert_true(looks < 20);
	assert_true(used - 10 * NSEC_PER_SEC <= DEADLINE_STEP_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parallelism_is_the_smaller),
		cmocka_unit_test(bandwidth_counts_for_nothing),
		cmocka_unit_test(none_is_none),
		cmocka_unit_test(budget_over_parallelism),
		cmocka_unit_test(tiny_budgets_wait_a_step),
		cmocka_unit_test(huge_budgets),
		cmocka_unit_test(never_after_the_budget),
		cmocka_unit_test(few_looks),
	};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
