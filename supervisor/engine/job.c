/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One submission, from its files to its verdict:
 *
 *   begin    the stage: a scratch that holds the submitted files
 *   compile  runs in the stage itself (index -1); what it leaves there is what every run starts from
 *   test i   a fresh sandbox with a copy of the stage; then, where there is an answer, the checker in another one
 *   end      the result
 *
 * Every step is a sandbox of its own, made and removed: nothing of one test can be seen by the next, because nothing of it exists.
 * A submission without a compile step and with one test runs in the stage directly: there is nobody to keep it clean for.
 *
 * Making a step is job-step.c's, having the next one ready job-ahead.c's, what the result says job-result.c's, where a step runs lanes.c's.
 *
 * All failures of ours end in job_fail(): verdict IE with the layer and the reason. Never a verdict on the submission.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/engine/job.h"
#include "supervisor/engine/lanes.h"
#include "supervisor/engine/layers.h"

static void check_done(void *userdata, struct step_result *check);

static struct engine_job *job_free(struct engine_job *job)
{
	(void)strv_free(job->names);
	(void)fd_close(job->stage_fd);
	(void)fd_close(job->stage_work_fd);
	(void)fd_close(job->compile_root_fd);
	(void)fd_close(job->run_root_fd);
	denials_clear(&job->compile_denials);
	denials_clear(&job->run_denials);
	run_result_clear(&job->result);
	free(job);
	return NULL;
}

/* A random (version 4) UUID. Source: RFC 9562. */
static void id_make(char id[static 37])
{
	unsigned char b[16] = {0};
	ssize_t got = getrandom(b, sizeof(b), 0);

	(void)got; /* whole for 16 bytes, once the pool is up: getrandom(2) */
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(id, 37,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		       b[13], b[14], b[15]);
}

static int names_make(struct engine_job *job)
{
	const struct submission *submission = job->submission;

	for (size_t i = 0; i < submission->n_files; i++) {
		const char *name = submission->files[i].name;

		if (i == 0 && job->policy->source_name != NULL)
			name = job->policy->source_name;
		if (!submission_name_ok(name) || strv_contains(job->names, name))
			return -EINVAL;
		if (strv_append(&job->names, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int tests_make(struct engine_job *job)
{
	const struct submission *submission = job->submission;

	job->result.tests = new0(struct test_result, submission->n_tests);
	if (job->result.tests == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < submission->n_tests; i++) {
		step_result_init(&job->result.tests[i].step);
		job->result.tests[i].name = strdup(submission->tests[i].name);
		job->result.n_tests = i + 1;
		if (job->result.tests[i].name == NULL)
			return -ENOMEM;
	}
	return 0;
}

int job_new(struct engine *engine, const struct policy *policy, const struct submission *submission,
	    const struct engine_callbacks *callbacks, void *userdata, struct engine_job **ret_job)
{
	struct engine_job *job;
	int r;

	if (submission->n_files == 0 || submission->n_tests == 0)
		return -EINVAL;
	job = new0(struct engine_job, 1);
	if (job == NULL)
		return -ENOMEM;
	job->engine = engine;
	job->policy = policy;
	job->submission = submission;
	job->callbacks = *callbacks;
	job->userdata = userdata;
	job->stage_fd = job->stage_work_fd = job->compile_root_fd = job->run_root_fd = -EBADF;
	step_result_init(&job->result.compile);
	id_make(job->result.id);
	r = names_make(job);
	if (r == 0)
		r = tests_make(job);
	if (r < 0) {
		(void)job_free(job);
		return r;
	}
	*ret_job = job;
	return 0;
}

static int needs_check(const struct engine_job *job, struct fault *fault)
{
	for (size_t i = 0; i < job->policy->n_needs; i++) {
		const struct policy_need *need = &job->policy->needs[i];

		if (access(need->path, F_OK) < 0)
			return fault_say(fault, -ENOENT, "toolchain",
					 "policy %s needs %s, which is not there; apt install %s",
					 job->policy->name, need->path, need->package);
	}
	return 0;
}

/* The job's own copy: the cache may let go of a root while the job runs. */
static int root_open(struct engine_job *job, const struct policy_phase *phase, struct fault *fault)
{
	int lent = roots_get(&job->engine->roots, phase->mounts, phase->n_mounts, fault);
	int fd = lent < 0 ? lent : fcntl(lent, F_DUPFD_CLOEXEC, 0);

	return lent >= 0 && fd < 0 ? fault_set(fault, -errno, "mounts", "root") : fd;
}

static int roots_open(struct engine_job *job, struct fault *fault)
{
	job->run_root_fd = root_open(job, &job->policy->run, fault);
	if (job->run_root_fd < 0 || !job->result.has_compile)
		return MIN(job->run_root_fd, 0);
	job->compile_root_fd = root_open(job, &job->policy->compile, fault);
	return MIN(job->compile_root_fd, 0);
}

static int files_open(struct engine_job *job, struct fault *fault)
{
	const struct policy *policy = job->policy;
	int r = denials_open(&policy->run, job->run_root_fd, &job->run_denials, fault);

	if (policy_phase_denies(&policy->run) || policy_phase_denies(&policy->compile))
		metering_hooks_want(job->engine->metering);
	if (r == 0 && job->result.has_compile)
		r = denials_open(&policy->compile, job->compile_root_fd, &job->compile_denials,
				 fault);
	return r;
}

/* Ours, before or instead of a step: the current step carries the reason. */
static void job_fail(struct engine_job *job, const struct fault *fault)
{
	struct step_result *step = job_current_step(job);

	step->verdict = VERDICT_IE;
	step->fault = *fault;
	job_end(job);
}

static void step_next(struct engine_job *job)
{
	struct fault fault = {0};

	if (!job_ahead_take(job) && job_step_begin(job, &fault) < 0)
		job_fail(job, &fault);
}

void job_begin(struct engine_job *job)
{
	struct fault fault = {0};
	int r;

	job->result.has_compile = job->policy->compile.argv != NULL;
	job->index = job->result.has_compile ? -1 : 0;
	r = needs_check(job, &fault);
	if (r == 0)
		r = roots_open(job, &fault);
	/* Made while the files are staged and the programs loaded. */
	if (r == 0)
		r = files_open(job, &fault);
	if (r == 0)
		r = lane_first(job, &fault);
	if (r == 0)
		r = job_stage_make(job, &fault);
	if (r < 0)
		job_fail(job, &fault);
	else
		step_next(job);
}

static void step_tell(struct engine_job *job)
{
	const char *name = job->index < 0 ? "compile" : job->result.tests[job->index].name;

	if (job->callbacks.step_done != NULL)
		job->callbacks.step_done(job->userdata, job->index, name, job_current_step(job));
}

/* The current step is judged: on to the next, or to the end. */
static void step_settled(struct engine_job *job)
{
	enum verdict verdict = job_current_step(job)->verdict;

	step_tell(job);
	job_outputs_keep(job);
	if (verdict == VERDICT_IE || job->cancelled ||
	    (verdict != VERDICT_AC && (job->index < 0 || !job->submission->keep_going)) ||
	    job->index + 1 >= (int)job->submission->n_tests) {
		job_end(job);
		return;
	}
	job->index++;
	step_next(job);
}

static void stage_blame(struct engine_job *job, const char *sentence)
{
	struct step_result *step = job_current_step(job);

	(void)snprintf(job->result.message, sizeof(job->result.message),
		       "what the compile step left %s", sentence);
	step_result_init(step);
	job->result.compile.verdict = VERDICT_CE;
	(void)snprintf(job->result.compile.checker_message,
		       sizeof(job->result.compile.checker_message), "what it left %s", sentence);
	job_end(job);
}

void job_step_done(void *userdata, struct step_result *step)
{
	struct engine_job *job = userdata;
	struct step_result *mine;
	struct fault fault = {0};
	const char *refused;

	job_step_take(job, step);
	mine = job_current_step(job);
	refused = job_stage_refused(job, mine);
	if (refused != NULL) {
		stage_blame(job, refused);
		return;
	}
	if (job->index < 0) {
		if (mine->verdict != VERDICT_AC && mine->verdict != VERDICT_IE)
			mine->verdict = VERDICT_CE;
		step_settled(job);
		return;
	}
	mine->score = mine->verdict == VERDICT_AC ? 1 : 0;
	if (mine->verdict != VERDICT_AC || job->submission->tests[job->index].answer_fd < 0) {
		step_settled(job);
		return;
	}
	mine->score = 0;
	job->checking = true;
	if (checker_start(job, mine, check_done, &fault) < 0)
		job_fail(job, &fault);
}

static void check_done(void *userdata, struct step_result *check)
{
	struct engine_job *job = userdata;

	job->step = NULL;
	job->checking = false;
	checker_apply(check, job_current_step(job));
	step_settled(job);
}

void job_end(struct engine_job *job)
{
	struct engine *engine = job->engine;
	struct engine_callbacks callbacks = job->callbacks;

	job_ahead_drop(job);
	if (job->cancelled && job_current_step(job)->fault.error == 0)
		job_cancelled_note(job);
	job_result_sum(job);
	if (metering_ready(job->engine->metering))
		job->result.gas_schedule = job->policy->gas;
	layers_describe(job, &job->result);
	if (job->slot != NULL)
		lane_idle(job);
	for (unsigned i = 0; i < engine->n_slots; i++)
		if (engine->running[i] == job)
			engine->running[i] = NULL;
	if (callbacks.job_done != NULL)
		callbacks.job_done(job->userdata, &job->result);
	(void)job_free(job);
	engine_dispatch_soon(engine);
}
