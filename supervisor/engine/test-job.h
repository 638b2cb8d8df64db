/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Jobs, with what was heard of them. */

#include "supervisor/engine/test-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"

enum { FILES_MAX = 3, TESTS_MAX = 4 };

/* A script that somebody has to end. */
#define SLEEPER "sleep 100\n"

/*
 * Jobs are static, because a failed assertion leaves its function while the engine still has the
 * job: the callbacks that come when the engine is freed must find it.
 */

/* A submission and what was heard of it. */
struct job {
	struct engine_job *handle;
	double score;
	struct job *then_cancel; /* from job_done */
	struct job *then_submit; /* likewise; its `refused` has the answer */
	uint64_t done_ns;
	struct test_case tests[TESTS_MAX];
	struct submission_file files[FILES_MAX];
	struct submission submission;
	unsigned steps, done;
	int last_index, refused;
	int cancel_at; /* cancels itself from step_done of this index; -2: never */
	enum verdict verdict, compile, verdicts[TESTS_MAX];
	bool submitting, ran[TESTS_MAX];
	char id[37], output[64], message[RESULT_MESSAGE_BYTES];
};

static inline void on_step(void *userdata, int index, const char *name,
			   const struct step_result *step)
{
	struct job *job = userdata;

	assert_false(job->submitting);
	assert_int_equal(job->done, 0);
	assert_string_equal(name, index < 0 ? "compile" : job->tests[index].name);
	job->steps++;
	job->last_index = index;
	if (index == 0 && step->stdout_fd >= 0) {
		ssize_t n = fd_pread_full(step->stdout_fd, job->output, sizeof(job->output) - 1, 0);

		job->output[MAX(n, 0)] = '\0';
	}
	if (index == job->cancel_at)
		engine_cancel(job->handle);
}

static inline void submit_late(struct job *job);

static inline void on_done(void *userdata, const struct run_result *result)
{
	struct job *job = userdata;

	assert_false(job->submitting);
	job->done++;
	job->done_ns = clock_now_ns(CLOCK_MONOTONIC);
	job->verdict = result->verdict;
	job->compile = result->compile.verdict;
	job->score = result->score;
	(void)snprintf(job->message, sizeof(job->message), "%s", result->message);
	(void)snprintf(job->id, sizeof(job->id), "%s", result->id);
	for (size_t i = 0; i < result->n_tests; i++) {
		job->verdicts[i] = result->tests[i].step.verdict;
		job->ran[i] = result->tests[i].step.ran;
	}
	if (job->then_cancel != NULL)
		engine_cancel(job->then_cancel->handle);
	if (job->then_submit != NULL)
		submit_late(job->then_submit);
}

static const struct engine_callbacks callbacks = {.step_done = on_step, .job_done = on_done};

static inline void submit_late(struct job *job)
{
	job->refused =
		engine_submit(engine, policy, &job->submission, &callbacks, job, &job->handle);
}

static inline void job_init(struct job *job, const char *script, size_t n_tests)
{
	static const char *const names[TESTS_MAX] = {"1", "2", "3", "4"};

	*job = (struct job){.cancel_at = -2, .last_index = -2};
	job->files[0] = (struct submission_file){
		.name = (char *)"main.sh",
		.fd = fd_sealed_memfd("script", script, strlen(script)),
		.size = strlen(script),
	};
	for (size_t i = 0; i < n_tests; i++)
		job->tests[i] = (struct test_case){(char *)(uintptr_t)names[i], -EBADF, -EBADF};
	job->submission = (struct submission){
		.files = job->files,
		.n_files = 1,
		.tests = job->tests,
		.n_tests = n_tests,
	};
}

static inline void job_clear(struct job *job)
{
	for (size_t i = 0; i < job->submission.n_files; i++)
		(void)fd_close(job->files[i].fd);
	for (size_t i = 0; i < job->submission.n_tests; i++)
		(void)fd_close(job->tests[i].answer_fd);
}

static inline void answer_set(struct job *job, size_t i, const char *text)
{
	job->tests[i].answer_fd = fd_sealed_memfd("answer", text, strlen(text));
}

static inline void submit_with(struct job *job, const struct policy *with)
{
	job->submitting = true;
	assert_int_equal(
		engine_submit(engine, with, &job->submission, &callbacks, job, &job->handle), 0);
	job->submitting = false;
	assert_int_equal(job->steps + job->done, 0);
}

static inline void submit(struct job *job)
{
	submit_with(job, policy);
}

static inline void cancel(struct job *job)
{
	unsigned before = job->done;

	job->submitting = true;
	engine_cancel(job->handle);
	job->submitting = false;
	assert_int_equal(job->done, before);
}

static inline void loop_until_done(const struct job *job)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + time_scale() * LOOP_SECONDS * NSEC_PER_SEC;

	while (job->done == 0 && clock_now_ns(CLOCK_MONOTONIC) < end)
		assert_true(loop_turn(loop, NSEC_PER_SEC) >= 0);
	assert_int_equal(job->done, 1);
}

static inline void assert_cancelled(const struct job *job)
{
	assert_int_equal(job->done, 1);
	assert_int_equal(job->verdict, VERDICT_IE);
	assert_string_equal(job->message, "engine: cancelled");
}

/* The engine works as before. */
static inline void assert_usable(void)
{
	static struct job job;

	job_init(&job, "echo still here\n", 1);
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_AC);
	assert_string_equal(job.output, "still here\n");
	job_clear(&job);
}

static char *const compile_argv[] = {(char *)"/usr/bin/bash", (char *)"main.sh", (char *)"compile",
				     NULL};

/* The same script is compiled (with an argument) and run. */
static inline struct policy compiling(void)
{
	struct policy other = *policy;

	other.compile = policy->run;
	other.compile.argv = (char **)(uintptr_t)compile_argv;
	return other;
}
