/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of a job (job*.c) share; nobody else includes it. */

#include "supervisor/engine/engine-internal.h"

/* The result of the step that is next or runs. */
struct step_result *job_current_step(struct engine_job *job);

/* Makes the stage and puts the submitted files into it. 0 or -errno with a fault. */
int job_stage_make(struct engine_job *job, struct fault *fault);

/* Of a test, or, at index -1, of the compile step. */
const struct policy_phase *job_phase(const struct engine_job *job, int index);

/* A step of a job that is to be started. */
struct job_step {
	int index;
	struct slot *slot; /* the lane */
	bool spare_ready;  /* see struct sandbox_spec */
	bool held;
	struct step_run_options options; /* who is called */
};

/* Starts it. 0 or -errno with a fault. */
int job_step_start(struct engine_job *job, const struct job_step *step, struct step_run **ret_run,
		   struct fault *fault);

/* Starts the current step in a lane of the job's slot; job_step_done() follows from the loop. 0 or -errno with a fault. */
int job_step_begin(struct engine_job *job, struct fault *fault);

/* The current step is over. As step_run_done; `userdata` is the job. */
void job_step_done(void *userdata, struct step_result *step);

/*
 * Whether the next test was made ready ahead: then it is the current one from now on, and runs; its lane_ahead() has been called. job_step_done() follows, or was
 * called: the job may be gone.
 */
bool job_ahead_take(struct engine_job *job);

/* Ends what was made ready. */
void job_ahead_drop(struct engine_job *job);

/* Takes a step's result over. */
void job_step_take(struct engine_job *job, struct step_result *step);

/* Lets go of the current step's outputs when those of all steps together are too many. */
void job_outputs_keep(struct engine_job *job);

/*
 * What the compile step left could not be copied, so that the current step did not run: NULL when it is not that, else what to say of it.
 */
const char *job_stage_refused(const struct engine_job *job, const struct step_result *step);

/* Verdict, score and message of the submission. */
void job_result_sum(struct engine_job *job);

/* The submission was not judged to its end. */
void job_cancelled_note(struct engine_job *job);
