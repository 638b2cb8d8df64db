/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs from outside: what a submission is told and gets, several at once. */

#include "supervisor/engine/test-job.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

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

/* What was made ahead for the policy before is not there for another one, in whichever order they come. */
static void policies_take_turns(void **state _unused_)
{
	struct policy loopback = *policy, compiled = compiling(), filtered = *policy;
	const struct policy *const turns[] = {policy,	 &loopback, policy,    &compiled,
					      &loopback, &compiled, &filtered, &compiled,
					      policy,	 &filtered};

	static struct sock_filter allow_all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	if (not_root())
		skip();
	loopback.run.network = POLICY_NETWORK_LOOPBACK;
	filtered.run.filter =
		(struct policy_filter){.instructions = &allow_all, .n_instructions = 1};
	for (size_t i = 0; i < ARRAY_SIZE(turns); i++) {
		static struct job job;

		/* The work directory is as it was submitted, and can be written to. */
		job_init(&job, "echo x >new && ls | wc -l\n", 1);
		limits_set(&job.submission.limits, LIMIT_DISK, (1 + i % 3) << 20);
		submit_with(&job, turns[i]);
		loop_until_done(&job);
		assert_int_equal(job.verdict, VERDICT_AC);
		assert_string_equal(job.output, "2\n");
		job_clear(&job);
		/* In every other turn the next sandbox is made before anybody asks. */
		if (i % 2 == 0)
			loop_for(20);
	}
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
		TEST(policies_take_turns),
		TEST(outputs_beyond_what_is_kept),
		cmocka_unit_test_setup_teardown(two_slots_at_once, NULL, teardown),
	};

	return cmocka_run_group_tests_name("engine", tests, group_setup, group_teardown);
}
