/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What job.c, job-step.c and job-result.c share; nobody else includes it. */

#include "supervisor/engine/engine-internal.h"

/* The result of the step that is next or runs. */
struct step_result *job_current_step(struct engine_job *job);

/* Makes the stage and puts the submitted files into it. 0 or -errno with a fault. */
int job_stage_make(struct engine_job *job, struct fault *fault);

/* Starts the current step in a lane of the job's slot. `done` is called from the loop. 0 or -errno with a fault. */
int job_step_begin(struct engine_job *job, const struct policy_phase *phase, int root_fd,
		   step_run_done done, struct fault *fault);

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
