/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: every combination of what can hold at once, and what a program can only pretend. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "lib/base/clock.h"
#include "supervisor/engine/judge.h"

/* waitpid(2): an exit code is the second byte. */
enum { WAIT_CODE = 256 };

static const struct judge_facts quiet = {.cpu_limit_ns = LIMIT_NONE, .wall_limit_ns = LIMIT_NONE};

static void fault_make(struct step_result *step, struct judge_facts *facts _unused_)
{
	(void)fault_say(&step->fault, -EIO, "test", "ours");
}

static void denied_make(struct step_result *step, struct judge_facts *facts _unused_)
{
	step->n_denied = 1;
}

static void memory_make(struct step_result *step, struct judge_facts *facts _unused_)
{
	step->oom_killed = true;
}

static void pids_make(struct step_result *step, struct judge_facts *facts)
{
	step->pids_refused = 3;
	facts->ple_kills = true;
}

static void cpu_make(struct step_result *step, struct judge_facts *facts)
{
	facts->cpu_limit_ns = NSEC_PER_SEC;
	step->cpu_time_ns = NSEC_PER_SEC + 1;
}

static void wall_make(struct step_result *step, struct judge_facts *facts)
{
	facts->wall_limit_ns = NSEC_PER_SEC;
	step->wall_time_ns = NSEC_PER_SEC + 1;
}

static void output_make(struct step_result *step, struct judge_facts *facts _unused_)
{
	step->truncated = true;
}

/* The two ends exclude each other: the later one stands. */
static void signal_make(struct step_result *step _unused_, struct judge_facts *facts)
{
	facts->wait_status = SIGSEGV;
}

static void code_make(struct step_result *step _unused_, struct judge_facts *facts)
{
	facts->wait_status = 7 * WAIT_CODE;
}

/* In the order of precedence. */
static const struct {
	enum verdict verdict;
	int limit; /* -1: none is hit */
	void (*make)(struct step_result *, struct judge_facts *);
} causes[] = {
	{VERDICT_IE, -1, fault_make},
	{VERDICT_DJS, -1, denied_make},
	{VERDICT_MLE, LIMIT_MEMORY, memory_make},
	{VERDICT_PLE, LIMIT_PIDS, pids_make},
	{VERDICT_TLE, LIMIT_CPU, cpu_make},
	{VERDICT_WTLE, LIMIT_WALL, wall_make},
	{VERDICT_OLE, LIMIT_OUTPUT, output_make},
	{VERDICT_NZ, -1, code_make},
	{VERDICT_RTE, -1, signal_make},
};

static void combination_check(unsigned mask)
{
	struct judge_facts facts = quiet;
	struct step_result step;
	enum verdict expected = VERDICT_AC;
	uint32_t limits = 0;

	step_result_init(&step);
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if ((mask & 1U << i) == 0)
			continue;
		causes[i].make(&step, &facts);
		expected = MIN(expected, causes[i].verdict);
		if (causes[i].limit >= 0)
			limits |= 1U << causes[i].limit;
	}
	/* Code and signal both: only the signal is there. */
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, expected);
	assert_int_equal(step.limits_hit, limits);
}

static void every_combination(void **state _unused_)
{
	for (unsigned mask = 0; mask < 1U << ARRAY_SIZE(causes); mask++)
		combination_check(mask);
}

static struct step_result judged(const struct judge_facts *facts)
{
	struct step_result step;

	step_result_init(&step);
	judge_step(facts, &step);
	return step;
}

static void forged_signals(void **state _unused_)
{
	static const int forged[] = {SIGKILL, SIGXCPU, SIGSYS, SIGXFSZ, SIGTERM, SIGALRM};

	for (size_t i = 0; i < ARRAY_SIZE(forged); i++) {
		struct judge_facts facts = quiet;
		struct step_result step;

		facts.wait_status = forged[i];
		step = judged(&facts);
		assert_int_equal(step.verdict, VERDICT_RTE);
		assert_int_equal(step.exit_signal, forged[i]);
		assert_int_equal(step.exit_code, -1);
		assert_int_equal(step.limits_hit, 0);
	}
}

/* Limits that exist and were not reached change nothing about it. */
static void forged_signals_below_limits(void **state _unused_)
{
	static const int forged[] = {SIGKILL, SIGXCPU, SIGSYS};

	for (size_t i = 0; i < ARRAY_SIZE(forged); i++) {
		struct judge_facts facts = {
			.wait_status = forged[i],
			.cpu_limit_ns = NSEC_PER_SEC,
			.wall_limit_ns = NSEC_PER_SEC,
		};
		struct step_result step;

		step_result_init(&step);
		limits_set(&step.limits, LIMIT_MEMORY, 1 << 20);
		limits_set(&step.limits, LIMIT_FILE_SIZE, 1 << 20);
		step.cpu_time_ns = step.wall_time_ns = NSEC_PER_SEC;
		judge_step(&facts, &step);
		assert_int_equal(step.verdict, VERDICT_RTE);
		assert_int_equal(step.limits_hit, 0);
	}
}

static void file_size(void **state _unused_)
{
	struct judge_facts facts = quiet;
	struct step_result step;

	step_result_init(&step);
	facts.wait_status = SIGXFSZ;
	limits_set(&step.limits, LIMIT_FILE_SIZE, LIMIT_NONE);
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_RTE);
	limits_set(&step.limits, LIMIT_FILE_SIZE, 4096);
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_OLE);
	assert_int_equal(step.limits_hit, 1U << LIMIT_FILE_SIZE);
	assert_int_equal(step.exit_signal, SIGXFSZ);
}

/* At the limit is not over it; one more is, whoever ended the program. */
static void times_at_the_limit(void **state _unused_)
{
	struct judge_facts facts = {.cpu_limit_ns = 1000, .wall_limit_ns = 2000};
	struct step_result step;

	step_result_init(&step);
	step.cpu_time_ns = 1000;
	step.wall_time_ns = 2000;
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_AC);
	step.wall_time_ns = 2001;
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_WTLE);
	step.cpu_time_ns = 1001;
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_TLE);
	assert_int_equal(step.limits_hit, 1U << LIMIT_CPU | 1U << LIMIT_WALL);
}

/* A kill for a limit says so, also when the clocks read a little less afterwards. */
static void killed_for_time(void **state _unused_)
{
	struct judge_facts facts = {
		.cpu_limit_ns = 1000,
		.wall_limit_ns = 1000,
		.wait_status = SIGKILL,
		.over_wall = true,
	};
	struct step_result step = judged(&facts);

	assert_int_equal(step.verdict, VERDICT_WTLE);
	assert_int_equal(step.limits_hit, 1U << LIMIT_WALL);
	facts.over_wall = false;
	facts.over_cpu = true;
	step = judged(&facts);
	assert_int_equal(step.verdict, VERDICT_TLE);
	assert_int_equal(step.limits_hit, 1U << LIMIT_CPU);
}

/* Not a verdict by themselves, but said. */
static void limits_without_verdict(void **state _unused_)
{
	struct judge_facts facts = quiet;
	struct step_result step;

	step_result_init(&step);
	step.pids_refused = 1;
	facts.disk_full = true;
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_AC);
	assert_int_equal(step.limits_hit, 1U << LIMIT_PIDS | 1U << LIMIT_DISK);
	facts.wait_status = 1 * WAIT_CODE;
	judge_step(&facts, &step);
	assert_int_equal(step.verdict, VERDICT_NZ);
}

static void own_file_not_executable(void **state _unused_)
{
	struct judge_facts facts = quiet;
	struct step_result step;

	facts.exec_error = -ENOEXEC;
	facts.wait_status = 127 * WAIT_CODE;
	step = judged(&facts);
	assert_int_equal(step.verdict, VERDICT_NZ);
	assert_int_equal(step.exit_code, 126);
	assert_int_equal(step.exit_signal, 0);
}

static void cancelled(void **state _unused_)
{
	struct judge_facts facts = quiet;
	struct step_result step;

	facts.cancelled = true;
	step = judged(&facts);
	assert_int_equal(step.verdict, VERDICT_IE);
	assert_int_equal(step.fault.error, -ECANCELED);
	assert_string_equal(step.fault.text, "cancelled");
	step_result_init(&step);
	(void)fault_say(&step.fault, -EIO, "cgroup", "broken");
	judge_step(&facts, &step);
	assert_int_equal(step.fault.error, -EIO);
	assert_string_equal(step.fault.layer, "cgroup");
}

static void checker_codes(void **state _unused_)
{
	for (int code = -1; code < 256; code++) {
		enum verdict expected = code == 42 ? VERDICT_AC :
					code == 43 ? VERDICT_WA :
					code == 44 ? VERDICT_PC :
						     VERDICT_IE;

		assert_int_equal(judge_checker(code), expected);
	}
}

/* What a checker would say is nothing but an exit code in a program. */
static void program_exits_like_a_checker(void **state _unused_)
{
	for (int code = 1; code < 256; code++) {
		struct judge_facts facts = quiet;
		struct step_result step;

		facts.wait_status = code * WAIT_CODE;
		step = judged(&facts);
		assert_int_equal(step.verdict, VERDICT_NZ);
		assert_int_equal(step.exit_code, code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(forged_signals),
		cmocka_unit_test(forged_signals_below_limits),
		cmocka_unit_test(file_size),
		cmocka_unit_test(times_at_the_limit),
		cmocka_unit_test(killed_for_time),
		cmocka_unit_test(limits_without_verdict),
		cmocka_unit_test(own_file_not_executable),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(checker_codes),
		cmocka_unit_test(program_exits_like_a_checker),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
