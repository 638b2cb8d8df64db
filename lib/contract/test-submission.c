/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions, policies and results: names that may be submitted, and that every fd is closed exactly once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>

#include "lib/base/strv.h"
#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "lib/contract/submission.h"

static int new_fd(void)
{
	int fd = fd_sealed_memfd("x", "x", 1);

	assert_true(fd > 2);
	return fd;
}

static void assert_closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void good_names(void **state)
{
	static const char *const good[] = {"a",	   "main.c", "...", "..a",	   ".hidden",
					   "-rf",  " ",	     "a b", "\xc3\xa4.py", "\xff",
					   "a\\b", "$(id)",  "*",   "a:b"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(submission_name_ok(good[i]));
}

static void bad_names(void **state)
{
	static const char *const bad[] = {"",	     ".",    "..",   "/",    "/etc/passwd",
					  "a/b",     "../a", "a/",   "a\nb", "\x01",
					  "\x1b[2J", "a\tb", "\x7f", "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(submission_name_ok(bad[i]));
}

static void longest_name(void **state)
{
	char name[257];

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_true(submission_name_ok(name));
	name[255] = 'a';
	name[256] = '\0';
	assert_false(submission_name_ok(name));
}

static void clear_closes_everything(void **state)
{
	struct submission s = {.n_files = 2, .n_tests = 2, .keep_going = true};
	int fds[4];

	for (int i = 0; i < 4; i++)
		fds[i] = new_fd();
	s.files = new0(struct submission_file, 2);
	s.files[0] = (struct submission_file){strdup("a.c"), fds[0], 1};
	s.files[1] = (struct submission_file){strdup("b.c"), fds[1], 1};
	s.tests = new0(struct test_case, 2);
	s.tests[0] = (struct test_case){strdup("1"), fds[2], fds[3]};
	s.tests[1] = (struct test_case){strdup("2"), -EBADF, -EBADF};
	assert_int_equal(strv_append(&s.args, "x"), 0);
	assert_int_equal(strv_append(&s.env, "K=V"), 0);
	assert_int_equal(strv_append(&s.checker.args, "--mode=tokens"), 0);
	submission_clear(&s);
	for (int i = 0; i < 4; i++)
		assert_closed(fds[i]);
	assert_null(s.files);
	assert_null(s.tests);
	assert_null(s.checker.args);
	submission_clear(&s);
}

static void clear_of_nothing(void **state)
{
	struct submission s = {0};

	submission_clear(&s);
	assert_true(fcntl(0, F_GETFD) >=
		    0); /* fd 0 in zeroed memory is not a descriptor that it owns */
	assert_null(test_cases_free(NULL, 0));
}

static void policy_is_freed_whole_or_half_made(void **state)
{
	struct policy *policy = new0(struct policy, 1);

	assert_null(policy_free(NULL));
	assert_null(policy_free(policy));
	policy = new0(struct policy, 1);
	policy->name = strdup("c");
	policy->file = strdup("c.yaml");
	policy->summary = strdup("C");
	policy->source_name = strdup("main.c");
	assert_int_equal(strv_append(&policy->extensions, ".c"), 0);
	assert_int_equal(strv_append(&policy->compile.argv, "cc"), 0);
	assert_int_equal(strv_append(&policy->run.env, "K=V"), 0);
	policy->run.mounts = new0(struct policy_mount, 2);
	policy->run.n_mounts = 2;
	policy->run.mounts[0].source = strdup("/usr");
	policy->run.mounts[0].target = strdup("/usr");
	policy->run.filter.profile = strdup("strict");
	policy->run.filter.instructions = malloc(8);
	policy->needs = new0(struct policy_need, 1);
	policy->n_needs = 1;
	policy->needs[0].path = strdup("/usr/bin/cc");
	assert_null(policy_free(policy));
}

static void step_is_skipped_until_it_ran(void **state)
{
	struct step_result step;
	int out = new_fd(), err = new_fd();

	memset(&step, 0xaa, sizeof(step));
	step_result_init(&step);
	assert_int_equal(step.verdict, VERDICT_SK);
	assert_false(step.ran);
	assert_int_equal(step.fault.error, 0);
	step_result_clear(&step);
	step.stdout_fd = out;
	step.stderr_fd = err;
	step.verdict = VERDICT_AC;
	step_result_clear(&step);
	assert_closed(out);
	assert_closed(err);
	assert_int_equal(step.stdout_fd, -EBADF);
	assert_int_equal(step.verdict, VERDICT_SK);
}

static void run_is_cleared_with_its_tests(void **state)
{
	struct run_result run = {0};
	int fd = new_fd(), compile_fd = new_fd();

	run_result_clear(&run);
	assert_true(fcntl(0, F_GETFD) >= 0);
	run.has_compile = true;
	step_result_init(&run.compile);
	run.compile.stderr_fd = compile_fd;
	run.tests = new0(struct test_result, 1);
	run.n_tests = 1;
	run.tests[0].name = strdup("1");
	step_result_init(&run.tests[0].step);
	run.tests[0].step.stdout_fd = fd;
	run.degraded[run.n_degraded++] = strdup("landlock");
	run_result_clear(&run);
	assert_closed(fd);
	assert_closed(compile_fd);
	run_result_clear(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_names),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(longest_name),
		cmocka_unit_test(clear_closes_everything),
		cmocka_unit_test(clear_of_nothing),
		cmocka_unit_test(policy_is_freed_whole_or_half_made),
		cmocka_unit_test(step_is_skipped_until_it_ran),
		cmocka_unit_test(run_is_cleared_with_its_tests),
	};

	return cmocka_run_group_tests_name("submission", tests, NULL, NULL);
}
