/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A result as the engine would make it, for the tests of what is made from one. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/contract/policy.h"
#include "lib/contract/result.h"

enum { TEST_RESULT_CASES = 3 };

static inline int test_output(const char *data, size_t size)
{
	return fd_sealed_memfd("test", data, size);
}

/* A step that ran for 1.5 ms and 3 ms with 2 MiB, and wrote `out`. */
static inline struct step_result test_step(enum verdict verdict, const char *out)
{
	struct step_result step;

	step_result_init(&step);
	step.verdict = verdict;
	step.ran = true;
	step.cpu_time_ns = 1500 * NSEC_PER_USEC;
	step.user_time_ns = 1000 * NSEC_PER_USEC;
	step.system_time_ns = 500 * NSEC_PER_USEC;
	step.wall_time_ns = 3 * NSEC_PER_MSEC;
	step.memory_peak_bytes = 2 << 20;
	step.processes_peak = 1;
	step.pressure_cpu_ns = step.pressure_memory_ns = step.pressure_io_ns = UINT64_MAX;
	step.sources =
		(struct step_sources){"cpu.stat", "memory.peak", "pids.peak", "memory.events"};
	limits_set(&step.limits, LIMIT_CPU, 500 * NSEC_PER_MSEC);
	limits_set(&step.limits, LIMIT_MEMORY, UINT64_C(64) << 20);
	limits_set(&step.limits, LIMIT_GAS, LIMIT_NONE);
	step.stdout_bytes = strlen(out);
	step.stdout_fd = test_output(out, strlen(out));
	return step;
}

/* Compiled, one case accepted, one died, one skipped. The caller clears it. */
static inline void test_result_make(struct run_result *ret_result)
{
	static const char *const names[TEST_RESULT_CASES] = {"sample/1", "secret/01-big",
							     "secret/02"};
	struct run_result *result = ret_result;

	*result = (struct run_result){
		.id = "01234567-89ab-4def-8123-456789abcdef",
		.verdict = VERDICT_RTE,
		.score = 1.0 / 3,
		.has_compile = true,
		.compile = test_step(VERDICT_AC, ""),
		.n_tests = TEST_RESULT_CASES,
		.layers = {{"seccomp", "on"}, {"landlock", "absent: not in this kernel"}},
		.n_layers = 2,
		.degraded = {strdup("landlock")},
		.n_degraded = 1,
		.cgroup_mode = "hybrid",
	};
	result->tests = new0(struct test_result, TEST_RESULT_CASES);
	for (size_t i = 0; i < TEST_RESULT_CASES; i++)
		result->tests[i].name = strdup(names[i]);
	result->tests[0].step = test_step(VERDICT_AC, "42\n");
	result->tests[1].step = test_step(VERDICT_RTE, "a\xFF\n");
	result->tests[1].step.exit_code = -1;
	result->tests[1].step.exit_signal = 11;
	step_result_init(&result->tests[2].step);
}

static inline struct policy test_policy(void)
{
	static char name[] = "c", file[] = "c.yaml";

	return (struct policy){.name = name, .file = file, .hash = "abcd"};
}
