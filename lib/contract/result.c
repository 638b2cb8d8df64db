/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a result. Steps hold two descriptors each; a step that never ran holds none and says skipped, so that an
 * array of fresh steps can be reported or cleared at any time without asking how far a run came.
 */

#include "lib/contract/result.h"

void step_result_init(struct step_result *step)
{
	*step = (struct step_result){
		.verdict = VERDICT_SK,
		.stdout_fd = -EBADF,
		.stderr_fd = -EBADF,
	};
}

void step_result_clear(struct step_result *step)
{
	(void)fd_close(step->stdout_fd);
	(void)fd_close(step->stderr_fd);
	step_result_init(step);
}

void run_result_clear(struct run_result *result)
{
	/* Zeroed memory is an empty result, but its fds read as stdin: only a step that is there is cleared. */
	if (result->has_compile)
		step_result_clear(&result->compile);
	for (size_t i = 0; i < result->n_tests; i++) {
		free(result->tests[i].name);
		step_result_clear(&result->tests[i].step);
	}
	free(result->tests);
	for (size_t i = 0; i < result->n_degraded; i++)
		free(result->degraded[i]);
	*result = (struct run_result){0};
	step_result_init(&result->compile);
}
