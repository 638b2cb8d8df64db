/* SPDX-License-Identifier: Apache-2.0 */
/* One sandbox from its start to its end, without an engine: what is heard, what is refused, what is killed when. */

#include "supervisor/sandbox/test-sandbox.h"

static void runs_and_reports(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("echo out; echo err >&2; exit 7"));
	struct step_result step;

	if (not_root())
		skip();
	step = run(&sandbox, &spec);
	assert_int_equal(sandbox.state, SANDBOX_EXITED);
	assert_true(WIFEXITED(sandbox.wait_status));
	assert_int_equal(WEXITSTATUS(sandbox.wait_status), 7);
	assert_true(step.ran);
	assert_output(step.stdout_fd, "out\n");
	assert_output(step.stderr_fd, "err\n");
	assert_true(step.wall_time_ns > 0 && step.cpu_time_ns > 0);
	assert_int_equal(step.n_denied, 0);
	step_result_clear(&step);
}

static void standard_input_and_extras(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("cat - /proc/self/fd/3 /proc/self/fd/4"));
	struct step_result step;

	if (not_root())
		skip();
	spec.stdin_fd = fd_sealed_memfd("in", "one ", 4);
	spec.extra_fds[0] = fd_sealed_memfd("three", "three ", 6);
	spec.extra_fds[1] = fd_sealed_memfd("four", "four", 4);
	step = run(&sandbox, &spec);
	assert_output(step.stdout_fd, "one three four");
	step_result_clear(&step);
	(void)close(spec.stdin_fd);
	(void)close(spec.extra_fds[0]);
	(void)close(spec.extra_fds[1]);
}

/* An order's plan comes in its message, or is a file of its own. */
static void commands_of_every_length(void **state _unused_)
{
	static const size_t lengths[] = {1, ORDER_PLAN_BYTES - 1000, ORDER_PLAN_BYTES, 100000};

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		_cleanup_free_ char *word = malloc(lengths[i] + 1);
		char *argv[] = {(char *)"/usr/bin/dash", (char *)"-c", (char *)"echo ${#0}", word,
				NULL};
		struct sandbox_spec spec = spec_of(argv);
		struct sandbox sandbox;
		struct step_result step;
		char expected[32];

		memset(word, 'x', lengths[i]);
		word[lengths[i]] = '\0';
		(void)snprintf(expected, sizeof(expected), "%zu\n", lengths[i]);
		step = run(&sandbox, &spec);
		assert_output(step.stdout_fd, expected);
		step_result_clear(&step);
	}
}

/* --- what cannot be executed --- */

static int stage_with(int *ret_scratch, const char *name, const char *text, mode_t mode)
{
	_cleanup_close_ int data = fd_sealed_memfd("data", text, strlen(text));
	int scratch = scratch_create(1 << 20, 64, slot->host_uid, slot->host_gid, NULL);
	int work = scratch_work_open(scratch);

	assert_int_equal(scratch_file_put(scratch, name, data, strlen(text), mode, slot->host_uid,
					  slot->host_gid),
			 0);
	*ret_scratch = scratch;
	return work;
}

static void own_file_check(const char *name, const char *text, mode_t mode, int error)
{
	struct sandbox sandbox;
	char *argv[] = {(char *)"./program", NULL};
	struct sandbox_spec spec = spec_of(argv);
	struct step_result step;
	int scratch;

	spec.stage_fd = stage_with(&scratch, name, text, mode);
	step = run(&sandbox, &spec);
	assert_int_equal(sandbox.state, SANDBOX_EXITED);
	assert_true(sandbox.exec_refused);
	assert_int_equal(sandbox.exec_error, error);
	assert_int_equal(sandbox.fault.error, 0);
	step_result_clear(&step);
	(void)close(spec.stage_fd);
	(void)close(scratch);
}

static void own_files_that_are_refused(void **state _unused_)
{
	if (not_root())
		skip();
	own_file_check("other", "", 0755, -ENOENT);
	own_file_check("program", "garbage", 0755, -ENOEXEC);
	own_file_check("program", "", 0755, -ENOEXEC);
	own_file_check("program", "#!/no/such/interpreter\n", 0755, -ENOENT);
	own_file_check("program", "#!./program\n", 0755, -ELOOP);
	own_file_check("program", "\177ELF", 0755, -ENOEXEC);
	own_file_check("program", "garbage", 0644, -EACCES);
}

static void a_program_of_the_policy_that_is_missing(void **state _unused_)
{
	struct sandbox sandbox;
	char *argv[] = {(char *)"/usr/bin/no-such-program", NULL};
	struct sandbox_spec spec = spec_of(argv);
	struct step_result step;

	if (not_root())
		skip();
	step = run(&sandbox, &spec);
	assert_int_equal(sandbox.state, SANDBOX_FAILED);
	assert_false(sandbox.exec_refused);
	assert_int_equal(sandbox.fault.error, -ENOENT);
	assert_string_equal(sandbox.fault.layer, "exec");
	step_result_clear(&step);
}

static void a_filter_that_is_none(void **state _unused_)
{
	static struct sock_filter bad[] = {{0xffff, 0, 0, 0}};
	const struct policy_filter filter = {.instructions = bad, .n_instructions = 1};
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("exit 0"));
	struct step_result step;

	if (not_root())
		skip();
	spec.filter = &filter;
	step = run(&sandbox, &spec);
	assert_int_equal(sandbox.state, SANDBOX_FAILED);
	assert_int_equal(sandbox.fault.error, -EINVAL);
	assert_string_equal(sandbox.fault.layer, "seccomp");
	assert_false(step.ran);
	step_result_clear(&step);
}

/* --- what fails before anything runs leaves nothing --- */

static void start_that_fails(void **state _unused_)
{
	struct sandbox sandbox;
	char *big = malloc(PLAN_BYTES_MAX);
	char *argv[] = {(char *)"./x", big, NULL};
	struct sandbox_spec spec = spec_of(argv);
	struct step_result step;
	struct fault fault = {0};

	if (not_root()) {
		free(big);
		skip();
	}
	memset(big, 'x', PLAN_BYTES_MAX);
	big[PLAN_BYTES_MAX - 1] = '\0';
	for (int i = 0; i < 3; i++)
		assert_int_equal(sandbox_start(&sandbox, slot, &spec, &fault), -E2BIG);
	assert_string_equal(fault.layer, "plan");
	free(big);
	spec = spec_of(SHELL("exit 0"));
	step = run(&sandbox, &spec);
	assert_int_equal(sandbox.wait_status, 0);
	step_result_clear(&step);
}

/* --- denials --- */

static void a_denied_call_is_told(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("exit 0"));
	struct step_result step;

	if (not_root())
		skip();
	spec.filter = &denying_filter;
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_RUNNING);
	assert_true(sandbox.listener_fd >= 0);
	assert_true(wait_readable(sandbox.listener_fd));
	assert_int_equal(sandbox_on_denial(&sandbox), 0);
	assert_true(sandbox.killed);
	assert_true(wait_readable(sandbox.pidfd));
	step = finish(&sandbox);
	assert_int_equal(step.n_denied, 1);
	assert_int_equal(step.denied[0].nr, SYS_getppid);
	assert_string_equal(step.denied[0].comm, "dash");
	assert_true(step.denied[0].pid > 1);
	assert_int_equal(sandbox.wait_status, SIGKILL);
	step_result_clear(&step);
}

/* It was told of before it died: that is a denial of which nothing else is known. */
static void a_caller_that_dies_first(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("exit 0"));
	struct step_result step;

	if (not_root())
		skip();
	spec.filter = &denying_filter;
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_RUNNING);
	assert_true(wait_readable(sandbox.listener_fd));
	sandbox_kill_all(&sandbox);
	assert_true(wait_readable(sandbox.pidfd));
	assert_int_equal(sandbox_on_denial(&sandbox), 0);
	step = finish(&sandbox);
	assert_int_equal(step.n_denied, 1);
	assert_string_equal(step.denied[0].syscall, "unknown");
	step_result_clear(&step);
}

static void no_filter_user_no_denial(void **state _unused_)
{
	struct sandbox sandbox = {.listener_fd = -EBADF, .slot = slot};

	if (not_root())
		skip();
	assert_int_equal(sandbox_on_denial(&sandbox), -EBADF);
}

/* --- killing --- */

static void kill_of_a_running_step(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("sleep 100 & sleep 100"));
	struct step_result step;

	if (not_root())
		skip();
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_RUNNING);
	sandbox_kill(&sandbox);
	assert_true(wait_readable(sandbox.pidfd));
	step = finish(&sandbox);
	assert_int_equal(sandbox.state, SANDBOX_EXITED);
	assert_int_equal(sandbox.wait_status, SIGKILL);
	step_result_clear(&step);
	assert_true(slot_alive(slot));
}

/* At once, and after some of the making: nothing foreign is left, whatever moment it was. */
static void kill_during_the_start(void **state _unused_)
{
	static const unsigned delays[] = {0, 0, 100, 300, 600, 1000, 1500, 2500, 4000};

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		struct sandbox sandbox;
		struct sandbox_spec spec = spec_of(SHELL("sleep 100"));
		struct step_result step;

		start(&sandbox, &spec);
		(void)usleep(delays[i]);
		sandbox_kill(&sandbox);
		sandbox_wait_dead(&sandbox);
		renew = true;
		step = finish(&sandbox);
		assert_true(sandbox.state != SANDBOX_EXITED || sandbox.wait_status == SIGKILL);
		step_result_clear(&step);
	}
}

static void wait_dead_in_every_state(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("sleep 100"));
	struct step_result step;
	uint64_t before;

	if (not_root())
		skip();
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_RUNNING);
	before = clock_now_ns(CLOCK_MONOTONIC);
	sandbox_wait_dead(&sandbox);
	assert_true(clock_now_ns(CLOCK_MONOTONIC) - before < 2 * NSEC_PER_SEC);
	sandbox_wait_dead(&sandbox); /* again: nothing to do */
	step = finish(&sandbox);
	step_result_clear(&step);
	spec = spec_of(SHELL("exit 0"));
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_EXITED);
	sandbox_wait_dead(&sandbox);
	step = finish(&sandbox);
	assert_int_equal(sandbox.wait_status, 0);
	step_result_clear(&step);
}

static void a_launcher_that_dies_takes_all_along(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("sleep 100"));
	struct step_result step;

	if (not_root())
		skip();
	start(&sandbox, &spec);
	await_state(&sandbox, SANDBOX_RUNNING);
	assert_int_equal(kill(slot->launcher.pid, SIGKILL), 0);
	assert_true(wait_readable(sandbox.pidfd));
	step = finish(&sandbox);
	assert_int_equal(sandbox.state, SANDBOX_RUNNING); /* nobody could say more */
	step_result_clear(&step);
	assert_false(slot_alive(slot));
}

/* Not its launcher, which is worth no more to a host without memory than this process. */
static void the_kernels_first_choice(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec =
		spec_of(SHELL("read score </proc/self/oom_score_adj; echo $score"));
	char path[64], own[16] = {0}, launcher[16] = {0};
	struct step_result step;

	if (not_root())
		skip();
	step = run(&sandbox, &spec);
	assert_output(step.stdout_fd, "1000\n");
	step_result_clear(&step);
	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)slot->launcher.pid);
	assert_true(file_read(AT_FDCWD, path, launcher, sizeof(launcher)) > 0);
	assert_true(file_read(AT_FDCWD, "/proc/self/oom_score_adj", own, sizeof(own)) > 0);
	assert_string_equal(launcher, own);
}

/* --- outputs --- */

static void output_over_its_limit(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("head -c 4097 /dev/zero"));
	struct step_result step;

	if (not_root())
		skip();
	step = run(&sandbox, &spec);
	assert_int_equal(step.stdout_bytes, 4096);
	assert_true(step.truncated);
	step_result_clear(&step);
	spec = spec_of(SHELL("head -c 4096 /dev/zero; head -c 4096 /dev/zero >&2"));
	step = run(&sandbox, &spec);
	assert_int_equal(step.stdout_bytes, 4096);
	assert_int_equal(step.stderr_bytes, 4096);
	assert_false(step.truncated);
	step_result_clear(&step);
}

static void a_full_disk_is_seen(void **state _unused_)
{
	struct sandbox sandbox;
	struct sandbox_spec spec = spec_of(SHELL("head -c 2000000 /dev/zero >x"));
	struct step_result step;

	if (not_root())
		skip();
	step = run(&sandbox, &spec);
	assert_true(sandbox.disk_full);
	step_result_clear(&step);
	spec = spec_of(SHELL("exit 0"));
	step = run(&sandbox, &spec);
	assert_false(sandbox.disk_full);
	step_result_clear(&step);
	assert_false(slot->broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_and_reports),
		cmocka_unit_test(standard_input_and_extras),
		cmocka_unit_test(commands_of_every_length),
		cmocka_unit_test(own_files_that_are_refused),
		cmocka_unit_test(a_program_of_the_policy_that_is_missing),
		cmocka_unit_test(a_filter_that_is_none),
		cmocka_unit_test(start_that_fails),
		cmocka_unit_test(a_denied_call_is_told),
		cmocka_unit_test(a_caller_that_dies_first),
		cmocka_unit_test(no_filter_user_no_denial),
		cmocka_unit_test(kill_of_a_running_step),
		cmocka_unit_test(kill_during_the_start),
		cmocka_unit_test(wait_dead_in_every_state),
		cmocka_unit_test(a_launcher_that_dies_takes_all_along),
		cmocka_unit_test(the_kernels_first_choice),
		cmocka_unit_test(output_over_its_limit),
		cmocka_unit_test(a_full_disk_is_seen),
	};

	return cmocka_run_group_tests_name("sandbox", tests, group_setup, group_teardown);
}
