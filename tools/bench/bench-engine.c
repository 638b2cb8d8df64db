/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program is shown by a mount of the directory that holds it, at /usr/bin: staging a copy of it is not what is measured. Each job is
 * a submission of one empty file, with one case or with BENCH_CASES.
 */

#include "tools/bench/bench-engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"

struct bench_engine {
	struct loop *loop;
	struct engine *engine;
	struct policy *policy;
	struct policy_mount *own_mounts, *policy_mounts;
	char **policy_argv, **own_argv;
	struct submission submission;
	struct submission_file file;
	struct test_case tests[BENCH_CASES];
	uint64_t case_ns[BENCH_CASES]; /* when each case of the last job was over */
	char policies[4096], libexec[4096], directory[4096], program[4096];
	struct policy_dirs dirs;
	unsigned long done;
};

void bench_fail(const char *what, const struct fault *fault)
{
	(void)fprintf(stderr, "bench: %s%s%s\n", what, fault != NULL ? ": " : "",
		      fault != NULL ? fault->text : "");
	exit(3);
}

static void on_done(void *userdata, const struct run_result *result)
{
	struct bench_engine *bench = userdata;

	bench->done++;
	loop_end(bench->loop); /* what the engine does after it is not waited for */
	if (result->verdict != VERDICT_AC) {
		(void)fprintf(stderr, "bench: verdict %s: %s\n", verdict_code(result->verdict),
			      result->message);
		exit(1);
	}
}

static void on_step(void *userdata, int index, const char *name _unused_,
		    const struct step_result *step _unused_)
{
	struct bench_engine *bench = userdata;

	bench->case_ns[index] = clock_now_ns(CLOCK_MONOTONIC);
}

/* Where the program is on the host, and by what words it is started in the sandbox. */
static void program_place(struct bench_engine *bench, char **argv)
{
	char *name = strrchr(argv[0], '/');
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	bench->own_argv = new0(char *, n + 1);
	if (name == NULL || bench->own_argv == NULL)
		bench_fail("the program needs an absolute path", NULL);
	memcpy(bench->own_argv, argv, n * sizeof(*argv));
	(void)snprintf(bench->directory, sizeof(bench->directory), "%.*s", (int)(name - argv[0]),
		       argv[0]);
	(void)snprintf(bench->program, sizeof(bench->program), "/usr/bin%s", name);
	bench->own_argv[0] = bench->program;
}

static void policy_make(struct bench_engine *bench, char **argv)
{
	struct policy_phase *run;
	struct fault fault = {0};

	if (policy_load(&bench->dirs, "native", &bench->policy, &fault) < 0)
		bench_fail("native policy", &fault);
	run = &bench->policy->run;
	bench->own_mounts = new0(struct policy_mount, run->n_mounts + 1);
	if (bench->own_mounts == NULL)
		bench_fail("out of memory", NULL);
	memcpy(bench->own_mounts, run->mounts, run->n_mounts * sizeof(*run->mounts));
	bench->own_mounts[run->n_mounts] =
		(struct policy_mount){bench->directory, (char *)"/usr/bin", false};
	bench->policy_mounts = run->mounts;
	bench->policy_argv = run->argv;
	run->mounts = bench->own_mounts;
	run->n_mounts++;
	program_place(bench, argv);
	run->argv = bench->own_argv;
}

struct bench_engine *bench_engine_new(const char *build, unsigned n_slots, char **argv,
				      bool metering)
{
	struct bench_engine *bench = new0(struct bench_engine, 1);
	struct engine_options options = {.n_slots = n_slots, .metering = metering, .realtime = true};
	struct fault fault = {0};

	if (bench == NULL)
		bench_fail("out of memory", NULL);
	(void)snprintf(bench->policies, sizeof(bench->policies), "%s/share/assay/policies", build);
	(void)snprintf(bench->libexec, sizeof(bench->libexec), "%s/libexec/assay", build);
	bench->dirs.vendor = bench->policies;
	options.libexec_dir = bench->libexec;
	options.policy_dirs = &bench->dirs;
	bench->file = (struct submission_file){.name = (char *)"empty",
					       .fd = fd_sealed_memfd("empty", "", 0)};
	for (size_t i = 0; i < BENCH_CASES; i++)
		bench->tests[i] = (struct test_case){
			.name = (char *)"case", .input_fd = -EBADF, .answer_fd = -EBADF};
	bench->submission.files = &bench->file;
	bench->submission.n_files = 1;
	bench->submission.tests = bench->tests;
	bench->submission.n_tests = 1;
	policy_make(bench, argv);
	if (loop_new(&bench->loop) < 0)
		bench_fail("event loop", NULL);
	if (engine_new(bench->loop, &options, &bench->engine, &fault) < 0)
		bench_fail("engine", &fault);
	return bench;
}

void bench_engine_run(struct bench_engine *bench, unsigned long n, unsigned at_once)
{
	static const struct engine_callbacks callbacks = {.job_done = on_done};
	unsigned long started = 0;
	struct engine_job *job;

	bench->done = 0;
	while (bench->done < n) {
		for (; started < n && started - bench->done < at_once; started++)
			if (engine_submit(bench->engine, bench->policy, &bench->submission,
					  &callbacks, bench, &job) < 0)
				bench_fail("engine_submit", NULL);
		if (loop_turn(bench->loop, UINT64_MAX) < 0)
			bench_fail("loop_turn", NULL);
	}
}

uint64_t bench_engine_case_ns(struct bench_engine *bench)
{
	static const struct engine_callbacks callbacks = {.step_done = on_step, .job_done = on_done};
	struct engine_job *job;

	bench->done = 0;
	bench->submission.n_tests = BENCH_CASES;
	if (engine_submit(bench->engine, bench->policy, &bench->submission, &callbacks, bench,
			  &job) < 0)
		bench_fail("engine_submit", NULL);
	while (bench->done < 1)
		if (loop_turn(bench->loop, UINT64_MAX) < 0)
			bench_fail("loop_turn", NULL);
	bench->submission.n_tests = 1;
	/* The first step makes the other lanes: what that takes is not a further case's. */
	return (bench->case_ns[BENCH_CASES - 1] - bench->case_ns[1]) / (BENCH_CASES - 2);
}

void bench_engine_settle(struct bench_engine *bench)
{
	while (loop_turn(bench->loop, 0) > 0)
		;
}

void bench_engine_free(struct bench_engine *bench)
{
	(void)engine_free(bench->engine);
	bench->policy->run.mounts = bench->policy_mounts;
	bench->policy->run.argv = bench->policy_argv;
	bench->policy->run.n_mounts--;
	(void)policy_free(bench->policy);
	(void)fd_close(bench->file.fd);
	(void)loop_free(bench->loop);
	free(bench->own_mounts);
	free(bench->own_argv);
	free(bench);
}
