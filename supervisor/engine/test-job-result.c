/* SPDX-License-Identifier: Apache-2.0 */
/* What a job says of a step that is over: which calls were denied, also when one could not be read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/engine/job.h"
#include "supervisor/engine/test-fixture.h"
#include "supervisor/policy/policy-filter.h"

static struct policy_filter strict, compile;

/* What a job makes of a step's result, of the compile step's or of a test's. */
static const struct step_result *taken_by(const struct step_result *step, bool of_compile)
{
	static struct test_result test;
	static struct engine_job job;
	struct policy both = {.compile = {.filter = compile}, .run = {.filter = strict}};
	struct step_result taken = *step;

	job = (struct engine_job){
		.policy = &both,
		.index = of_compile ? -1 : 0,
		.result = {.tests = &test, .n_tests = 1},
	};
	job_step_take(&job, &taken);
	return job_current_step(&job);
}

static const char *name_after(const struct step_result *step, bool of_compile)
{
	return taken_by(step, of_compile)->denied[0].syscall;
}

static struct step_result unread(void)
{
	struct step_result step;

	step_result_init(&step);
	step.n_denied = 1;
	step.denied[0] = (struct denied_call){.nr = -1, .syscall = "unknown"};
	step.counters.present = true;
	return step;
}

static void a_call_that_was_read(void **state _unused_)
{
	struct step_result step = unread();

	step.denied[0] = (struct denied_call){.nr = SYS_ptrace, .arch = AUDIT_ARCH_X86_64};
	step.counters.restarted[SYS_keyctl] = true;
	assert_string_equal(name_after(&step, false), "ptrace");
}

static void a_call_that_was_interrupted(void **state _unused_)
{
	struct step_result step = unread();

	assert_string_equal(name_after(&step, false), "unknown");
	step.counters.restarted[SYS_futex] = true;
	assert_string_equal(name_after(&step, false), "unknown");
	step.counters.restarted[SYS_keyctl] = true;
	assert_string_equal(name_after(&step, false), "keyctl");
	step.counters.restarted[SYS_ptrace] = true;
	assert_string_equal(name_after(&step, false), "unknown");
}

/* The filter of the step that it was: what a run may not, a compile step may. */
static void of_its_own_phase(void **state _unused_)
{
	struct step_result step = unread();

	step.counters.restarted[SYS_connect] = step.counters.restarted[SYS_keyctl] = true;
	assert_string_equal(name_after(&step, false), "unknown");
	assert_string_equal(name_after(&step, true), "keyctl");
}

/* Every notification was withdrawn: the program came to its end. */
static void a_call_that_nobody_was_told_of(void **state _unused_)
{
	struct step_result step = unread();
	const struct step_result *taken;

	step.ran = true;
	step.n_denied = 0;
	step.verdict = VERDICT_AC;
	step.counters.restarted[SYS_futex] = step.counters.restarted[SYS_clone] = true;
	assert_int_equal(taken_by(&step, false)->n_denied, 0);
	assert_int_equal(taken_by(&step, false)->verdict, VERDICT_AC);
	step.counters.restarted[SYS_keyctl] = true;
	taken = taken_by(&step, false);
	assert_int_equal(taken->n_denied, 1);
	assert_string_equal(taken->denied[0].syscall, "keyctl");
	assert_int_equal(taken->verdict, VERDICT_DJS);
	step.verdict = VERDICT_IE;
	assert_int_equal(taken_by(&step, false)->verdict, VERDICT_IE);
}

static int filters_setup(void **state)
{
	struct fault fault = {0};

	if (group_setup(state) < 0)
		return -1;
	if (policy_filter_load(&dirs, "strict", &strict, &fault) < 0 ||
	    policy_filter_load(&dirs, "compile", &compile, &fault) < 0) {
		print_message("# %s\n", fault.text);
		return -1;
	}
	return 0;
}

static int filters_teardown(void **state)
{
	policy_filter_clear(&strict);
	policy_filter_clear(&compile);
	return group_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_was_read),
		cmocka_unit_test(a_call_that_was_interrupted),
		cmocka_unit_test(of_its_own_phase),
		cmocka_unit_test(a_call_that_nobody_was_told_of),
	};

	return cmocka_run_group_tests_name("job-result", tests, filters_setup, filters_teardown);
}
