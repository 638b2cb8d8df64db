/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next test of a submission, made ready while the current one runs.
 *
 * What a test is given is known when its submission is: its input, limits, command, and, once there is no compile step to come, its stage. So it
 * gets not only its sandbox ahead (lanes.c) but its order too, and is held before its execve(2). Its turn is one message then, and
 * comes as soon as nothing of the test before runs any more: while that one's first process ends, and its counters are read and judged, the
 * next has the CPU. No two of a job's programs run at the same time.
 *
 * It is a guess. When the submission is over with the current test, what is ready, or runs, is killed, and nobody hears of it; when it dies while
 * it is held, it is made again in its turn, and then says why.
 */

#include <string.h>

#include "lib/base/fd.h"
#include "supervisor/engine/job.h"
#include "supervisor/engine/lanes.h"

/* It was quicker than the end of the one before. */
static void ahead_done(void *userdata, struct step_result *step)
{
	struct engine_job *job = userdata;

	job->ahead.run = NULL;
	job->ahead.over = true;
	job->ahead.result = *step;
	step->stdout_fd = step->stderr_fd = -EBADF;
}

static void ahead_lost(void *userdata)
{
	struct engine_job *job = userdata;

	job->ahead.run = NULL;
}

/* After the current step comes the next test, and its stage is what it will be. */
static bool next_is_known(const struct engine_job *job)
{
	const struct submission *submission = job->submission;

	return job->index >= 0 && job->index + 1 < (int)submission->n_tests &&
	       (job->checking || submission->tests[job->index].answer_fd < 0);
}

/* Events carry the number of the test that runs. */
static bool is_traced(const struct engine_job *job)
{
	return job->submission->trace_level != TRACE_LEVEL_COUNTERS && job->callbacks.event != NULL;
}

bool job_ahead_order(struct engine_job *job, struct slot *lane)
{
	const struct job_step step = {
		.index = job->index + 1,
		.slot = lane,
		.held = true,
		.options = {.ended = job_ahead_begin, .lost = ahead_lost, .done = ahead_done},
	};
	struct fault why;

	if (!next_is_known(job) || is_traced(job) ||
	    lanes_steps_most(job->engine->n_places) == job->engine->n_places ||
	    job_step_start(job, &step, &job->ahead.run, &why) < 0)
		return false;
	job->ahead.slot = lane;
	job->ahead.begun = job->ahead.over = false;
	return true;
}

void job_ahead_begin(void *userdata)
{
	struct engine_job *job = userdata;
	struct job_ahead *ahead = &job->ahead;

	if (ahead->run == NULL || ahead->begun || job->cancelled)
		return;
	ahead->begun = step_run_release(ahead->run) == 0;
	if (!ahead->begun)
		step_run_drop(TAKE_PTR(ahead->run));
}

/* It has come to its end before its turn. */
static void over_take(struct engine_job *job)
{
	struct step_result result = job->ahead.result;

	job->ahead.over = false;
	job_step_done(job, &result);
	step_result_clear(&result);
}

bool job_ahead_take(struct engine_job *job)
{
	job_ahead_begin(job);
	if (job->ahead.over || job->ahead.run != NULL)
		job->slot = job->ahead.slot;
	if (job->ahead.over) {
		over_take(job);
		return true;
	}
	if (job->ahead.run == NULL)
		return false;
	job->step = TAKE_PTR(job->ahead.run);
	step_run_hand_over(job->step, job_step_done);
	lane_ahead(job);
	return true;
}

void job_ahead_drop(struct engine_job *job)
{
	if (job->ahead.run != NULL)
		step_run_drop(TAKE_PTR(job->ahead.run));
	if (job->ahead.over)
		step_result_clear(&job->ahead.result);
	job->ahead.over = false;
}
