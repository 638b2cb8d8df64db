/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that are cancelled at every moment, and launchers that die. */

#include "supervisor/engine/test-job.h"

/* --- cancelling --- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cancel_before_the_loop),	     TEST(cancel_in_the_queue),
		TEST(cancel_while_it_runs),	     TEST(cancel_during_compile),
		TEST(cancel_between_steps),	     TEST(cancel_during_the_checker),
		TEST(the_job_after_a_cancelled_one), TEST(cancel_from_a_callback),
		TEST(launcher_killed_between_jobs),  TEST(launcher_killed_inside_a_job),
	};

	return cmocka_run_group_tests_name("cancel", tests, group_setup, group_teardown);
}
