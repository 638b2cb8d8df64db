/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers are compared by a program of its own in a sandbox of its own: output and answer are bytes that strangers chose, and the
 * supervisor has no business parsing them. The checker sees the two files (and the test's input) as descriptors, and a root with nothing
 * but itself. It says its verdict by its exit code and one line of explanation on its standard output.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/clock.h"
#include "lib/base/escape.h"
#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/engine/engine-internal.h"
#include "supervisor/engine/judge.h"
#include "supervisor/engine/lanes.h"
#include "supervisor/policy/policy-filter.h"

#define CHECKER_PATH "/assay-checker"

/* Numbers that are written differently take 0.35 us each, and two bytes at least. */
#define CHECKER_NS_PER_MEBIBYTE (400 * NSEC_PER_MSEC)

static const struct limits checker_limits = {
	.value =
		{
			[LIMIT_CPU] = 20 * NSEC_PER_SEC, /* 1 GiB of tokens takes some 5 s */
			[LIMIT_WALL] = 120 * NSEC_PER_SEC,
			[LIMIT_MEMORY] = 64 << 20,
			[LIMIT_PIDS] = 1,
			[LIMIT_OUTPUT] = 4096,
			[LIMIT_DISK] = 1 << 20,
			[LIMIT_INODES] = 16,
			[LIMIT_FILES] = 16,
			[LIMIT_FILE_SIZE] = 1 << 20,
			[LIMIT_STACK] = 8 << 20,
		},
	.set = 1U << LIMIT_CPU | 1U << LIMIT_WALL | 1U << LIMIT_MEMORY | 1U << LIMIT_PIDS |
	       1U << LIMIT_OUTPUT | 1U << LIMIT_DISK | 1U << LIMIT_INODES | 1U << LIMIT_FILES |
	       1U << LIMIT_FILE_SIZE | 1U << LIMIT_STACK,
};

int checker_root(struct engine *engine, struct fault *fault)
{
	char source[4096];
	char target[] = CHECKER_PATH;
	const struct policy_mount mount = {.source = source, .target = target};

	if (snprintf(source, sizeof(source), "%s/assay-checker", engine->libexec_dir) >=
	    (int)sizeof(source))
		return fault_set(fault, -ENAMETOOLONG, "checker", "%s", engine->libexec_dir);
	return roots_get(&engine->roots, &mount, 1, fault);
}

const struct policy_filter *checker_filter(struct engine *engine, struct fault *fault)
{
	struct policy_filter *filter = &engine->checker_filter;

	return filter->instructions != NULL || policy_filter_load(&engine->policy_dirs, "checker",
								  filter, fault) == 0 ?
		       filter :
		       NULL;
}

/* The output's author must not be able to make the checker run out of time: it gets more for more bytes. */
static void limits_grow(struct limits *limits, uint64_t output_bytes, int answer_fd)
{
	struct stat st = {0};
	uint64_t mebibytes;

	(void)fstat(answer_fd, &st);
	mebibytes = (output_bytes + (uint64_t)st.st_size) >> 20;
	limits->value[LIMIT_CPU] += mebibytes * CHECKER_NS_PER_MEBIBYTE;
	limits->value[LIMIT_WALL] += 4 * mebibytes * CHECKER_NS_PER_MEBIBYTE;
}

int checker_start(struct engine_job *job, const struct step_result *step, step_run_done done,
		  struct fault *fault)
{
	const struct test_case *test = &job->submission->tests[job->index];
	/* A description of its own: the caller's stays at its beginning, whatever the checker reads. */
	_cleanup_close_ int output = step->stdout_fd >= 0 ? input_reopen(step->stdout_fd) :
							    fd_sealed_memfd("empty", "", 0);
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int answer = input_reopen(test->answer_fd);
	_cleanup_close_ int input = input_reopen(test->input_fd);
	struct limits limits = checker_limits;
	struct sandbox_spec spec = {
		.limits = &limits,
		.scratch_fd = -EBADF,
		.stage_fd = -EBADF,
		.stdin_fd = output,
		.extra_fds = {answer, input},
	};
	int r;

	if (answer < 0)
		return fault_set(fault, answer, "checker", "cannot open the answer");
	if (output < 0)
		return fault_set(fault, output, "checker", "cannot open the output");
	spec.filter = checker_filter(job->engine, fault);
	if (spec.filter == NULL)
		return fault->error;
	limits_grow(&limits, step->stdout_bytes, answer);
	spec.root_fd = checker_root(job->engine, fault);
	if (spec.root_fd < 0)
		return spec.root_fd;
	spec.spare_ready = lane_choose(job, &(struct spare_spec){.root_fd = spec.root_fd,
								 .filter = spec.filter,
								 .scratch_fd = -EBADF});
	spec.neighbours = lane_neighbours(job, job->index);
	r = job_residue(job, job->slot, &spec.residue_bytes, fault);
	if (r < 0)
		return r;
	if (strv_append(&argv, CHECKER_PATH) < 0 ||
	    strv_extend(&argv, job->submission->checker.args) < 0)
		return fault_set(fault, -ENOMEM, "checker", "cannot start it");
	spec.argv = argv;
	return step_run_start(job->engine->loop, job->slot, &spec,
			      &(struct step_run_options){.ordered = lane_ahead,
							 .ended = job_ahead_begin,
							 .done = done,
							 .userdata = job},
			      &job->step, fault);
}

/*
 * The checker's output: one line of explanation, escaped already; after a partial verdict's first line "score F" it is the second.
 */
static double output_read(int fd, bool partial, char *message, size_t size)
{
	char text[RESULT_MESSAGE_BYTES + 1];
	ssize_t n = fd < 0 ? 0 : fd_pread_full(fd, text, sizeof(text) - 1, 0);
	const char *line = text;
	double score = 0;

	message[0] = '\0';
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (partial) {
		if (strncmp(text, "score ", 6) == 0)
			score = strtod(text + 6, NULL);
		line = strchr(text, '\n');
		line = line != NULL ? line + 1 : "";
	}
	(void)escape_line(message, size, line, strcspn(line, "\n"));
	return score > 0 && score < 1 ? score : 0;
}

void checker_apply(const struct step_result *check, struct step_result *step)
{
	enum verdict verdict =
		check->verdict == VERDICT_NZ ? judge_checker(check->exit_code) : VERDICT_IE;
	double score = output_read(check->stdout_fd, verdict == VERDICT_PC, step->checker_message,
				   sizeof(step->checker_message));

	step->verdict = verdict;
	step->score = verdict == VERDICT_AC ? 1 : score;
	if (verdict != VERDICT_IE)
		return;
	if (check->fault.error < 0)
		step->fault = check->fault;
	else
		(void)fault_say(&step->fault, -EIO, "checker",
				"the checker failed (%s, exit code %d, signal %d): %s",
				verdict_code(check->verdict), check->exit_code, check->exit_signal,
				step->checker_message);
}
