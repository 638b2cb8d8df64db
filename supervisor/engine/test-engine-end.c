/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an engine, with whatever jobs it has. */

#include "supervisor/engine/test-job.h"

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

static void on_end(void *userdata _unused_)
{
	loop_end(loop);
}

static void end_the_loop(void)
{
	struct loop_source *source;

	assert_int_equal(loop_once(loop, &source, LOOP_NORMAL, on_end, NULL), 0);
	loop_soon(source);
	assert_int_equal(loop_run(loop), 0);
	(void)loop_drop(source);
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
	end_the_loop();
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
	loop_end(loop);
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
	assert_int_equal(engine_new(loop, &options, &other, &fault), -EINVAL);
	options.n_slots = 257;
	assert_int_equal(engine_new(loop, &options, &other, &fault), -EINVAL);
	options.n_slots = 1;
	assert_int_equal(engine_new(loop, &options, &other, &fault), -ENOENT);
	assert_string_equal(fault.layer, "agent");
	assert_null(other);
	assert_null(engine_free(NULL));
	assert_usable();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(free_with_jobs),
		TEST(free_before_the_loop),
		TEST(free_refuses_more),
		TEST(free_after_the_loop),
		TEST(free_after_exit_was_asked),
		TEST(engines_that_cannot_be),
	};

	return cmocka_run_group_tests_name("engine-end", tests, group_setup, group_teardown);
}
