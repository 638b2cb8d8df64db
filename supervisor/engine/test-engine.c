/* SPDX-License-Identifier: Apache-2.0 */
/* The engine from outside: jobs, callbacks, cancelling at every moment, launchers that die, the end of the loop. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/engine/engine.h"

enum { FILES_MAX = 3, TESTS_MAX = 4, LOOP_SECONDS = 30 };

/*
 * Jobs are static, because a failed assertion leaves its function while the engine still has the
 * job: the callbacks that come when the engine is freed must find it.
 */

static sd_event *event;
static struct engine *engine;
static struct policy *policy; /* one file, executed */
static struct policy_dirs dirs;

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

/* How slow this machine is said to be: ASSAY_TIME_SCALE, at least 1. */
static uint64_t time_scale(void)
{
	const char *text = getenv("ASSAY_TIME_SCALE");
	long scale = text != NULL ? strtol(text, NULL, 10) : 1;

	return scale > 1 ? (uint64_t)scale : 1;
}

static const char *path_below(const char *variable, const char *name)
{
	static char paths[2][4096];
	static unsigned at;
	const char *top = getenv(variable);

	at ^= 1;
	(void)snprintf(paths[at], sizeof(paths[at]), "%s/%s", top != NULL ? top : ".", name);
	return paths[at];
}

static int engine_make(unsigned n_slots)
{
	struct fault fault = {0};
	const struct engine_options options = {
		.n_slots = n_slots,
		.libexec_dir = path_below("ASSAY_BUILD", "libexec/assay"),
		.policy_dirs = &dirs,
	};
	int r = sd_event_new(&event);

	(void)alarm((unsigned)(LOOP_SECONDS * time_scale()));
	if (r >= 0)
		r = engine_new(event, &options, &engine, &fault);
	if (r < 0)
		print_message("# %s: %s\n", fault.layer, fault.text);
	return r < 0 ? -1 : 0;
}

static int setup(void **state _unused_)
{
	return geteuid() == 0 ? engine_make(1) : 0;
}

static int teardown(void **state _unused_)
{
	engine = engine_free(engine);
	event = sd_event_unref(event);
	(void)alarm(0);
	return 0;
}

static int group_setup(void **state _unused_)
{
	static char vendor[4096];
	struct fault fault = {0};

	(void)snprintf(vendor, sizeof(vendor), "%s", path_below("ASSAY_SOURCE", "policies"));
	dirs.vendor = vendor;
	if (policy_load(&dirs, "shell", &policy, &fault) == 0) {
		struct limits *limits = &policy->run.limits;

		limits_set(limits, LIMIT_CPU, limits_get(limits, LIMIT_CPU) * time_scale());
		limits_set(limits, LIMIT_WALL, limits_get(limits, LIMIT_WALL) * time_scale());
		return 0;
	}
	print_message("# %s\n", fault.text);
	return -1;
}

static int group_teardown(void **state _unused_)
{
	policy = policy_free(policy);
	return 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

/* --- jobs --- */

static void on_step(void *userdata, int index, const char *name, const struct step_result *step)
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

static void submit_late(struct job *job);

static void on_done(void *userdata, const struct run_result *result)
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

static void submit_late(struct job *job)
{
	job->refused =
		engine_submit(engine, policy, &job->submission, &callbacks, job, &job->handle);
}

static void job_init(struct job *job, const char *script, size_t n_tests)
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

static void job_clear(struct job *job)
{
	for (size_t i = 0; i < job->submission.n_files; i++)
		(void)fd_close(job->files[i].fd);
	for (size_t i = 0; i < job->submission.n_tests; i++)
		(void)fd_close(job->tests[i].answer_fd);
}

static void answer_set(struct job *job, size_t i, const char *text)
{
	job->tests[i].answer_fd = fd_sealed_memfd("answer", text, strlen(text));
}

static void submit_with(struct job *job, const struct policy *with)
{
	job->submitting = true;
	assert_int_equal(
		engine_submit(engine, with, &job->submission, &callbacks, job, &job->handle), 0);
	job->submitting = false;
	assert_int_equal(job->steps + job->done, 0);
}

static void submit(struct job *job)
{
	submit_with(job, policy);
}

static void cancel(struct job *job)
{
	unsigned before = job->done;

	job->submitting = true;
	engine_cancel(job->handle);
	job->submitting = false;
	assert_int_equal(job->done, before);
}

static void loop_until_done(const struct job *job)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + time_scale() * LOOP_SECONDS * NSEC_PER_SEC;

	while (job->done == 0 && clock_now_ns(CLOCK_MONOTONIC) < end)
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	assert_int_equal(job->done, 1);
}

static void loop_for(uint64_t msec)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + msec * NSEC_PER_MSEC, now;

	while ((now = clock_now_ns(CLOCK_MONOTONIC)) < end)
		assert_true(sd_event_run(event, (end - now) / NSEC_PER_USEC + 1) >= 0);
}

static void assert_cancelled(const struct job *job)
{
	assert_int_equal(job->done, 1);
	assert_int_equal(job->verdict, VERDICT_IE);
	assert_string_equal(job->message, "engine: cancelled");
}

/* The engine works as before. */
static void assert_usable(void)
{
	static struct job job;

	job_init(&job, "echo still here\n", 1);
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_AC);
	assert_string_equal(job.output, "still here\n");
	job_clear(&job);
}

/* --- a job's life --- */

static void one_job(void **state _unused_)
{
	static struct job job, second;

	if (not_root())
		skip();
	/* Before the loop ever ran. */
	job_init(&job, "echo hello\n", 1);
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_AC);
	assert_int_equal(job.steps, 1);
	assert_true(job.score > 0.99);
	assert_string_equal(job.output, "hello\n");
	assert_int_equal(strlen(job.id), 36);
	job_init(&second, "exit 3\n", 1);
	submit(&second);
	loop_until_done(&second);
	assert_int_equal(second.verdict, VERDICT_NZ);
	assert_string_not_equal(second.id, job.id);
	job_clear(&job);
	job_clear(&second);
}

static void jobs_wait_in_order(void **state _unused_)
{
	static struct job jobs[4];

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		job_init(&jobs[i], "exit 0\n", 1);
		submit(&jobs[i]);
	}
	loop_until_done(&jobs[3]);
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		assert_int_equal(jobs[i].done, 1);
		assert_true(i == 0 || jobs[i].done_ns >= jobs[i - 1].done_ns);
		job_clear(&jobs[i]);
	}
}

static void bad_submissions(void **state _unused_)
{
	struct engine_job *handle = NULL;
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, "exit 0\n", 1);
	job.submission.n_tests = 0;
	assert_int_equal(engine_submit(engine, policy, &job.submission, &callbacks, &job, &handle),
			 -EINVAL);
	job.submission.n_tests = 1;
	job.submission.n_files = 0;
	assert_int_equal(engine_submit(engine, policy, &job.submission, &callbacks, &job, &handle),
			 -EINVAL);
	job.submission.n_files = 2;
	job.files[1] = (struct submission_file){.name = job.files[0].name, .fd = -EBADF};
	assert_int_equal(engine_submit(engine, policy, &job.submission, &callbacks, &job, &handle),
			 -EINVAL);
	job.files[1].name = (char *)"../outside";
	assert_int_equal(engine_submit(engine, policy, &job.submission, &callbacks, &job, &handle),
			 -EINVAL);
	assert_null(handle);
	loop_for(20);
	assert_int_equal(job.done, 0);
	job_clear(&job);
}

static void the_rest_is_skipped(void **state _unused_)
{
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, "exit 1\n", 3);
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.steps, 1);
	assert_int_equal(job.verdict, VERDICT_NZ);
	assert_int_equal(job.verdicts[1], VERDICT_SK);
	assert_false(job.ran[2]);
	job_clear(&job);
	job_init(&job, "exit 1\n", 3);
	job.submission.keep_going = true;
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.steps, 3);
	assert_int_equal(job.verdicts[2], VERDICT_NZ);
	job_clear(&job);
}

static void answers_are_compared(void **state _unused_)
{
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, "echo 1\n", 2);
	answer_set(&job, 0, "1\n");
	answer_set(&job, 1, "2\n");
	job.submission.keep_going = true;
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.verdicts[0], VERDICT_AC);
	assert_int_equal(job.verdicts[1], VERDICT_WA);
	assert_int_equal(job.verdict, VERDICT_WA);
	assert_true(job.score > 0.49 && job.score < 0.51);
	job_clear(&job);
	/* What a checker would say is an exit code of the program, no more. */
	job_init(&job, "exit 42\n", 1);
	answer_set(&job, 0, "");
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_NZ);
	job_clear(&job);
}

static void a_need_that_is_missing(void **state _unused_)
{
	struct policy_need need = {(char *)"/no/such/program", (char *)"the-package"};
	struct policy other = *policy;
	static struct job job;

	if (not_root())
		skip();
	other.needs = &need;
	other.n_needs = 1;
	job_init(&job, "exit 0\n", 2);
	submit_with(&job, &other);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_IE);
	assert_non_null(strstr(job.message, "toolchain: "));
	assert_non_null(strstr(job.message, "the-package"));
	assert_false(job.ran[0]);
	assert_usable();
	job_clear(&job);
}

static void a_mount_that_is_missing(void **state _unused_)
{
	struct policy_mount mount = {.source = (char *)"/no/such/tree", .target = (char *)"/usr"};
	struct policy other = *policy;
	static struct job job;

	if (not_root())
		skip();
	other.run.mounts = &mount;
	other.run.n_mounts = 1;
	job_init(&job, "exit 0\n", 1);
	submit_with(&job, &other);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_IE);
	assert_non_null(strstr(job.message, "/no/such/tree"));
	assert_usable();
	job_clear(&job);
}

/* --- compiling --- */

static char *const compile_argv[] = {(char *)"/usr/bin/bash", (char *)"main.sh", (char *)"compile",
				     NULL};

/* The same script is compiled (with an argument) and run. */
static struct policy compiling(void)
{
	struct policy other = *policy;

	other.compile = policy->run;
	other.compile.argv = (char **)(uintptr_t)compile_argv;
	return other;
}

static void compile_comes_first(void **state _unused_)
{
	struct policy other = compiling();
	static struct job job;

	if (not_root())
		skip();
	job_init(&job,
		 "if [ \"$1\" = compile ]; then echo made >x; else cat x; echo more >>x; fi\n", 2);
	submit_with(&job, &other);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_AC);
	assert_int_equal(job.steps, 3);
	assert_string_equal(job.output, "made\n");
	job_clear(&job);
	job_init(&job, "exit 1\n", 2);
	submit_with(&job, &other);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_CE);
	assert_int_equal(job.steps, 1);
	assert_int_equal(job.verdicts[0], VERDICT_SK);
	job_clear(&job);
}

/* --- cancelling --- */

#define SLEEPER "sleep 100\n"

static void cancel_before_the_loop(void **state _unused_)
{
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, SLEEPER, 1);
	submit(&job);
	cancel(&job);
	loop_until_done(&job);
	assert_cancelled(&job);
	assert_int_equal(job.steps, 0);
	assert_false(job.ran[0]);
	assert_usable();
	job_clear(&job);
}

static void cancel_in_the_queue(void **state _unused_)
{
	static struct job first, queued;

	if (not_root())
		skip();
	job_init(&first, SLEEPER, 1);
	job_init(&queued, SLEEPER, 1);
	submit(&first);
	submit(&queued);
	loop_for(100 * time_scale());
	cancel(&queued);
	loop_until_done(&queued);
	assert_cancelled(&queued);
	assert_int_equal(first.done, 0);
	cancel(&first);
	loop_until_done(&first);
	assert_cancelled(&first);
	job_clear(&first);
	job_clear(&queued);
}

/* At many moments of a step's start, and while it runs; twice is once. */
static void cancel_while_it_runs(void **state _unused_)
{
	static const unsigned delays[] = {1, 2, 3, 4, 6, 10, 100};

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		static struct job job;

		job_init(&job, SLEEPER, 2);
		submit(&job);
		loop_for(delays[i]);
		if (job.done != 0)
			fail_msg("ended by itself: %s", job.message);
		cancel(&job);
		cancel(&job);
		loop_until_done(&job);
		assert_cancelled(&job);
		assert_int_equal(job.verdicts[1], VERDICT_SK);
		job_clear(&job);
	}
	loop_for(50);
	assert_usable();
}

static void cancel_during_compile(void **state _unused_)
{
	struct policy other = compiling();
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, SLEEPER, 1);
	submit_with(&job, &other);
	loop_for(150 * time_scale());
	cancel(&job);
	loop_until_done(&job);
	assert_cancelled(&job);
	assert_int_equal(job.compile, VERDICT_IE);
	assert_int_equal(job.verdicts[0], VERDICT_SK);
	assert_usable();
	job_clear(&job);
}

static void cancel_between_steps(void **state _unused_)
{
	struct policy other = compiling();

	if (not_root())
		skip();
	for (int at = -1; at <= 2; at++) {
		static struct job job;

		job_init(&job, "exit 0\n", 3);
		job.cancel_at = at;
		submit_with(&job, &other);
		loop_until_done(&job);
		assert_cancelled(&job);
		assert_int_equal(job.last_index, at);
		job_clear(&job);
	}
	assert_usable();
}

/* The program is done, the checker is compared: much to compare, so that there is time. */
static void cancel_during_the_checker(void **state _unused_)
{
	enum { BYTES = 8 << 20 };
	char *text = malloc(BYTES + 1);
	static struct job job;

	if (not_root()) {
		free(text);
		skip();
	}
	for (size_t i = 0; i < BYTES; i++)
		text[i] = i % 4 == 3 ? '\n' : '7';
	text[BYTES] = '\0';
	job_init(&job, "yes 777 | head -c 8388608\n", 1);
	answer_set(&job, 0, text);
	limits_set(&job.submission.limits, LIMIT_OUTPUT, (uint64_t)2 * BYTES);
	submit(&job);
	/* Whatever runs at that moment: it ends once and says so. */
	loop_for(80 * time_scale());
	if (job.done == 0) {
		cancel(&job);
		loop_until_done(&job);
		assert_cancelled(&job);
	}
	assert_usable();
	job_clear(&job);
	free(text);
}

/* The launcher of a cancelled job may be dying still: the next job must not meet it. */
static void the_job_after_a_cancelled_one(void **state _unused_)
{
	if (not_root())
		skip();
	for (unsigned i = 0; i < MAX(60 / time_scale(), 8); i++) {
		static struct job first, next;

		job_init(&first, SLEEPER, 1);
		job_init(&next, "exit 0\n", 1);
		submit(&first);
		submit(&next);
		loop_for(1 + i % 4);
		if (first.done != 0)
			fail_msg("ended by itself: %s", first.message);
		cancel(&first);
		loop_until_done(&first);
		loop_until_done(&next);
		if (next.verdict != VERDICT_AC)
			fail_msg("%u: %s", i, next.message);
		job_clear(&first);
		job_clear(&next);
	}
}

/* A callback of a job that is swept from the queue cancels one that stands before it. */
static void cancel_from_a_callback(void **state _unused_)
{
	static struct job first, second;

	if (not_root())
		skip();
	job_init(&first, SLEEPER, 1);
	job_init(&second, SLEEPER, 1);
	submit(&first);
	submit(&second);
	second.then_cancel = &first;
	cancel(&second);
	loop_until_done(&second);
	loop_until_done(&first);
	assert_cancelled(&first);
	assert_int_equal(first.steps, 0);
	assert_false(first.ran[0]);
	job_clear(&first);
	job_clear(&second);
}

/* --- launchers that die --- */

/* Pids of processes called "assay-launcher" whose parent we are. */
static pid_t launcher_find(void)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	if (file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return -1;
	return (pid_t)strtol(text, NULL, 10);
}

static void launcher_killed_between_jobs(void **state _unused_)
{
	pid_t pid;

	if (not_root())
		skip();
	assert_usable();
	pid = launcher_find();
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	loop_for(50);
	assert_usable();
	assert_int_not_equal(launcher_find(), pid);
}

static void launcher_killed_inside_a_job(void **state _unused_)
{
	static struct job job, next;

	if (not_root())
		skip();
	job_init(&job, SLEEPER, 2);
	job_init(&next, "exit 0\n", 1);
	submit(&job);
	submit(&next);
	loop_for(100 * time_scale());
	assert_int_equal(kill(launcher_find(), SIGKILL), 0);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_IE);
	assert_non_null(strstr(job.message, "killed"));
	loop_until_done(&next);
	assert_int_equal(next.verdict, VERDICT_AC);
	job_clear(&job);
	job_clear(&next);
}

/* --- the end of the engine --- */

static void free_with_jobs(void **state _unused_)
{
	static struct job running, queued;

	if (not_root())
		skip();
	job_init(&running, SLEEPER, 1);
	job_init(&queued, SLEEPER, 1);
	submit(&running);
	submit(&queued);
	loop_for(100 * time_scale());
	engine = engine_free(engine);
	assert_cancelled(&running);
	assert_cancelled(&queued);
	job_clear(&running);
	job_clear(&queued);
}

static void free_before_the_loop(void **state _unused_)
{
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, SLEEPER, 1);
	submit(&job);
	engine = engine_free(engine);
	assert_cancelled(&job);
	job_clear(&job);
}

static void free_refuses_more(void **state _unused_)
{
	struct job job, late;

	if (not_root())
		skip();
	job_init(&job, SLEEPER, 1);
	job_init(&late, "exit 0\n", 1);
	job.then_submit = &late;
	submit(&job);
	loop_for(20);
	engine = engine_free(engine);
	assert_cancelled(&job);
	assert_int_equal(late.refused, -ESHUTDOWN);
	assert_int_equal(late.done, 0);
	job_clear(&job);
	job_clear(&late);
}

static void free_after_the_loop(void **state _unused_)
{
	static struct job running, queued;

	if (not_root())
		skip();
	job_init(&running, SLEEPER, 1);
	job_init(&queued, SLEEPER, 1);
	submit(&running);
	submit(&queued);
	loop_for(100 * time_scale());
	assert_true(sd_event_exit(event, 0) >= 0);
	(void)sd_event_loop(event);
	engine = engine_free(engine);
	assert_cancelled(&running);
	assert_cancelled(&queued);
	job_clear(&running);
	job_clear(&queued);
}

static void free_after_exit_was_asked(void **state _unused_)
{
	static struct job job;

	if (not_root())
		skip();
	job_init(&job, SLEEPER, 1);
	submit(&job);
	loop_for(3); /* in the middle of its start */
	assert_true(sd_event_exit(event, 0) >= 0);
	engine = engine_free(engine);
	assert_cancelled(&job);
	job_clear(&job);
}

static void engines_that_cannot_be(void **state _unused_)
{
	struct engine_options options = {.policy_dirs = &dirs, .libexec_dir = "/no/such/place"};
	struct engine *other = NULL;
	struct fault fault = {0};

	if (not_root())
		skip();
	assert_int_equal(engine_new(event, &options, &other, &fault), -EINVAL);
	options.n_slots = 257;
	assert_int_equal(engine_new(event, &options, &other, &fault), -EINVAL);
	options.n_slots = 1;
	assert_int_equal(engine_new(event, &options, &other, &fault), -ENOENT);
	assert_string_equal(fault.layer, "agent");
	assert_null(other);
	assert_null(engine_free(NULL));
	assert_usable();
}

/* --- outputs --- */

static void outputs_beyond_what_is_kept(void **state _unused_)
{
	static struct job job;

	if (not_root())
		skip();
	/* 3 times 120 MiB: each is told whole, the result keeps what fits. */
	job_init(&job, "head -c 125829120 /dev/zero\n", 3);
	limits_set(&job.submission.limits, LIMIT_OUTPUT, 128 << 20);
	submit(&job);
	loop_until_done(&job);
	assert_int_equal(job.verdict, VERDICT_AC);
	assert_int_equal(job.steps, 3);
	job_clear(&job);
}

/* --- slots --- */

static void two_slots_at_once(void **state _unused_)
{
	static struct job a, b, c;
	uint64_t begin;
	char script[64];

	if (not_root())
		skip();
	assert_int_equal(engine_make(2), 0);
	(void)snprintf(script, sizeof(script), "id -u; sleep %g\n", 0.5 * (double)time_scale());
	begin = clock_now_ns(CLOCK_MONOTONIC);
	job_init(&a, script, 1);
	job_init(&b, script, 1);
	job_init(&c, "exit 0\n", 1);
	submit(&a);
	submit(&b);
	submit(&c);
	loop_until_done(&c);
	while (a.done == 0 || b.done == 0)
		loop_for(10);
	assert_true(MAX(a.done_ns, b.done_ns) - begin < time_scale() * 950 * NSEC_PER_MSEC);
	assert_int_equal(a.verdict, VERDICT_AC);
	assert_int_equal(b.verdict, VERDICT_AC);
	job_init(&a, SLEEPER, 1);
	job_init(&b, SLEEPER, 1);
	job_init(&c, SLEEPER, 1);
	submit(&a);
	submit(&b);
	submit(&c);
	loop_for(100 * time_scale());
	engine = engine_free(engine);
	assert_cancelled(&a);
	assert_cancelled(&b);
	assert_cancelled(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_job),
		TEST(jobs_wait_in_order),
		TEST(bad_submissions),
		TEST(the_rest_is_skipped),
		TEST(answers_are_compared),
		TEST(a_need_that_is_missing),
		TEST(a_mount_that_is_missing),
		TEST(compile_comes_first),
		TEST(cancel_before_the_loop),
		TEST(cancel_in_the_queue),
		TEST(cancel_while_it_runs),
		TEST(cancel_during_compile),
		TEST(cancel_between_steps),
		TEST(cancel_during_the_checker),
		TEST(the_job_after_a_cancelled_one),
		TEST(cancel_from_a_callback),
		TEST(launcher_killed_between_jobs),
		TEST(launcher_killed_inside_a_job),
		TEST(free_with_jobs),
		TEST(free_refuses_more),
		TEST(free_before_the_loop),
		TEST(free_after_the_loop),
		TEST(free_after_exit_was_asked),
		TEST(engines_that_cannot_be),
		TEST(outputs_beyond_what_is_kept),
		cmocka_unit_test_setup_teardown(two_slots_at_once, NULL, teardown),
	};

	return cmocka_run_group_tests_name("engine", tests, group_setup, group_teardown);
}
