/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next tests of a submission, made ready while the current one runs.
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

static bool is_free(const struct job_ahead *ahead)
{
	return ahead->run == NULL && !ahead->over;
}

static struct job_ahead *ahead_at(struct engine_job *job, int index)
{
	for (size_t i = 0; i < ARRAY_SIZE(job->ahead); i++)
		if (!is_free(&job->ahead[i]) && job->ahead[i].index == index)
			return &job->ahead[i];
	return NULL;
}

bool job_ahead_has(struct engine_job *job, int index)
{
	return ahead_at(job, index) != NULL;
}

bool job_ahead_takes(const struct engine_job *job, const struct slot *lane)
{
	for (size_t i = 0; i < ARRAY_SIZE(job->ahead); i++)
		if (!is_free(&job->ahead[i]) && job->ahead[i].slot == lane)
			return true;
	return false;
}

/* It was quicker than the end of the one before. */
static void ahead_done(void *userdata, struct step_result *step)
{
	struct job_ahead *ahead = userdata;

	ahead->run = NULL;
	ahead->over = true;
	ahead->result = *step;
	step->stdout_fd = step->stderr_fd = -EBADF;
}

/* Events carry the number of the test that runs. */
static bool is_traced(const struct engine_job *job)
{
	return job->submission->trace_level != TRACE_LEVEL_COUNTERS && job->callbacks.event != NULL;
}

static struct job_ahead *free_find(struct engine_job *job)
{
	for (size_t i = 0; i < ARRAY_SIZE(job->ahead); i++)
		if (is_free(&job->ahead[i]))
			return &job->ahead[i];
	return NULL;
}

bool job_ahead_order(struct engine_job *job, int index, struct slot *lane)
{
	struct job_ahead *ahead = free_find(job);
	const struct job_step step = {
		.index = index,
		.slot = lane,
		.held = true,
		.options = {.done = ahead_done, .userdata = ahead},
	};
	struct fault why;

	/* The stage is what it will be when there is no compile step to come. */
	if (ahead == NULL || job->index < 0 || is_traced(job) ||
	    lanes_steps_most(job->engine->n_places) == job->engine->n_places ||
	    job_step_start(job, &step, &ahead->run, &why) < 0)
		return false;
	ahead->index = index;
	ahead->slot = lane;
	ahead->begun = ahead->over = false;
	return true;
}

static void ahead_begin(struct job_ahead *ahead)
{
	if (ahead->run == NULL || ahead->begun)
		return;
	ahead->begun = step_run_release(ahead->run) == 0;
	if (!ahead->begun)
		step_run_drop(TAKE_PTR(ahead->run));
}

void job_ahead_begin(void *userdata)
{
	struct engine_job *job = userdata;
	struct job_ahead *ahead = ahead_at(job, job->index + 1);

	if (ahead != NULL && !job->cancelled && !lane_checker_comes(job))
		ahead_begin(ahead);
}

/* It has come to its end before its turn. */
static void over_take(struct engine_job *job, struct job_ahead *ahead)
{
	struct step_result result = ahead->result;

	ahead->over = false;
	job_step_done(job, &result);
	step_result_clear(&result);
}

bool job_ahead_take(struct engine_job *job)
{
	const struct step_run_options options = {
		.ended = job_ahead_begin, .done = job_step_done, .userdata = job};
	struct job_ahead *ahead = ahead_at(job, job->index);

	if (ahead == NULL)
		return false;
	ahead_begin(ahead);
	if (is_free(ahead))
		return false;
	job->slot = ahead->slot;
	if (ahead->over) {
		over_take(job, ahead);
		return true;
	}
	job->step = TAKE_PTR(ahead->run);
	step_run_hand_over(job->step, &options);
	lane_ahead(job);
	return true;
}

void job_ahead_drop(struct engine_job *job)
{
	for (size_t i = 0; i < ARRAY_SIZE(job->ahead); i++) {
		struct job_ahead *ahead = &job->ahead[i];

		if (ahead->run != NULL)
			step_run_drop(TAKE_PTR(ahead->run));
		if (ahead->over)
			step_result_clear(&ahead->result);
		ahead->over = false;
	}
}
