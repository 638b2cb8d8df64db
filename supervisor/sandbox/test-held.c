/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that are held until somebody says that they may begin. */

#include "supervisor/sandbox/test-sandbox.h"

#include <sys/pidfd.h>

static void start_held(struct sandbox *sandbox, char *const *argv)
{
	struct sandbox_spec spec = spec_of(argv);

	spec.held = true;
	start(sandbox, &spec);
}

static void hold(struct sandbox *sandbox, char *const *argv)
{
	start_held(sandbox, argv);
	await_state(sandbox, SANDBOX_HELD);
	assert_int_equal(sandbox->state, SANDBOX_HELD);
}

static struct step_result run_to_its_end(struct sandbox *sandbox)
{
	await_state(sandbox, SANDBOX_EXITED);
	assert_true(wait_readable(sandbox->pidfd));
	return finish(sandbox);
}

static void nothing_runs_before_its_turn(void **state _unused_)
{
	struct sandbox sandbox;
	struct step_result step;
	uint64_t released_ns;

	if (not_root())
		skip();
	hold(&sandbox, SHELL("echo here"));
	assert_false(fd_readable_within(sandbox.streams.out.pipe_fd, 200));
	assert_int_equal(sandbox_on_report(&sandbox), 1);
	assert_int_equal(sandbox.state, SANDBOX_HELD);
	released_ns = clock_now_ns(CLOCK_MONOTONIC);
	assert_int_equal(sandbox_release(&sandbox), 0);
	assert_int_equal(sandbox.state, SANDBOX_RUNNING);
	assert_int_equal(sandbox_release(&sandbox), -ECHILD);
	step = run_to_its_end(&sandbox);
	assert_int_equal(sandbox.wait_status, 0);
	assert_true(sandbox.started_ns >= released_ns);
	assert_true(step.wall_time_ns <= clock_now_ns(CLOCK_MONOTONIC) - released_ns);
	assert_output(step.stdout_fd, "here\n");
	step_result_clear(&step);
}

static void not_before_it_is_ready(void **state _unused_)
{
	struct sandbox sandbox;
	struct step_result step;

	if (not_root())
		skip();
	start_held(&sandbox, SHELL("echo here"));
	assert_int_equal(sandbox_release(&sandbox), -ECHILD);
	await_state(&sandbox, SANDBOX_HELD);
	assert_int_equal(sandbox_release(&sandbox), 0);
	step = run_to_its_end(&sandbox);
	assert_output(step.stdout_fd, "here\n");
	step_result_clear(&step);
}

/* On v1 the slot has a file of the step before when the next one is ready, and not any more when that begins. */
static void what_goes_meanwhile_hides_nothing(void **state _unused_)
{
	enum { BYTES = 4000000 };

	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("head -c 900000 /dev/zero >file"));
	struct step_result step;
	int scratch_fd;

	if (not_root())
		skip();
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_EXITED);
	scratch_fd = fcntl(sandbox.scratch_fd, F_DUPFD_CLOEXEC, 0);
	assert_true(scratch_fd >= 0);
	step = run_to_its_end(&sandbox);
	step_result_clear(&step);
	hold(&sandbox, SHELL("head -c 4000000 /dev/zero | tail -c 4000000 >/dev/null"));
	(void)close(scratch_fd);
	(void)usleep(20000);
	assert_int_equal(sandbox_release(&sandbox), 0);
	step = run_to_its_end(&sandbox);
	assert_int_equal(sandbox.wait_status, 0);
	assert_true(step.memory_peak_bytes >= BYTES && step.memory_peak_bytes < 4UL * BYTES);
	step_result_clear(&step);
}

static void one_that_has_died(void **state _unused_)
{
	struct sandbox sandbox;
	struct step_result step;

	if (not_root())
		skip();
	hold(&sandbox, SHELL("exit 0"));
	assert_int_equal(pidfd_send_signal(sandbox.step_pidfd, SIGKILL, NULL, 0), 0);
	assert_true(wait_readable(sandbox.step_pidfd));
	assert_int_equal(sandbox_release(&sandbox), -ECHILD);
	step = run_to_its_end(&sandbox);
	assert_int_equal(sandbox.state, SANDBOX_FAILED);
	assert_string_equal(sandbox.fault.layer, "memory");
	assert_false(step.ran);
	step_result_clear(&step);
	hold(&sandbox, SHELL("exit 0"));
	sandbox_kill(&sandbox);
	assert_int_equal(sandbox_release(&sandbox), -ECHILD);
	assert_true(wait_readable(sandbox.pidfd));
	step = finish(&sandbox);
	assert_false(step.ran);
	step_result_clear(&step);
	assert_true(slot_alive(slot));
}

/* At many moments; the launcher lives. */
static void given_up(void **state _unused_)
{
	static const unsigned delays[] = {0, 0, 100, 300, 600, 1000, 1500, 2500, 4000};

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		struct sandbox sandbox;
		struct step_result step;

		start_held(&sandbox, SHELL("sleep 100"));
		(void)usleep(delays[i]);
		sandbox_give_up(&sandbox);
		step = finish(&sandbox);
		assert_false(step.ran);
		step_result_clear(&step);
		assert_true(slot_alive(slot));
		assert_false(slot->broken);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_runs_before_its_turn),
		cmocka_unit_test(not_before_it_is_ready),
		cmocka_unit_test(what_goes_meanwhile_hides_nothing),
		cmocka_unit_test(one_that_has_died),
		cmocka_unit_test(given_up),
	};

	return cmocka_run_group_tests_name("sandbox: held", tests, group_setup, group_teardown);
}
