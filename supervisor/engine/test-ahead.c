/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions with many cases: the next one is ready, or runs, before the one before is over. */

#include "supervisor/engine/test-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"

enum { CASES = 8 };

/* What was heard of the submission. */
static struct {
	struct engine_job *handle;
	struct submission submission;
	struct submission_file file;
	struct test_case tests[CASES];
	enum verdict verdict, verdicts[CASES];
	bool ran[CASES];
	char outputs[CASES][64];
	unsigned steps, done;
	int cancel_at; /* -1: never */
} heard;

static void on_step(void *userdata _unused_, int index, const char *name _unused_,
		    const struct step_result *step)
{
	ssize_t n = step->stdout_fd < 0 ? 0 :
					  fd_pread_full(step->stdout_fd, heard.outputs[index],
							sizeof(heard.outputs[index]) - 1, 0);

	assert_int_equal(index, heard.steps);
	assert_true(n >= 0);
	heard.steps++;
	if (index == heard.cancel_at)
		engine_cancel(heard.handle);
}

static void on_done(void *userdata _unused_, const struct run_result *result)
{
	heard.done++;
	heard.verdict = result->verdict;
	for (size_t i = 0; i < result->n_tests; i++) {
		heard.verdicts[i] = result->tests[i].step.verdict;
		heard.ran[i] = result->tests[i].step.ran;
	}
}

/* Each case gets its number. */
static void submit(const char *script)
{
	static const struct engine_callbacks callbacks = {.step_done = on_step, .job_done = on_done};

	memset(&heard, 0, sizeof(heard));
	heard.cancel_at = -1;
	heard.file = (struct submission_file){
		.name = (char *)"main.sh",
		.fd = fd_sealed_memfd("script", script, strlen(script)),
		.size = strlen(script),
	};
	for (size_t i = 0; i < CASES; i++) {
		char text[2] = {(char)('0' + i), '\n'};

		heard.tests[i] = (struct test_case){
			.name = (char *)"case",
			.input_fd = fd_sealed_memfd("input", text, sizeof(text)),
			.answer_fd = -EBADF,
		};
	}
	heard.submission = (struct submission){
		.files = &heard.file, .n_files = 1, .tests = heard.tests, .n_tests = CASES};
	assert_int_equal(engine_submit(engine, policy, &heard.submission, &callbacks, NULL,
				       &heard.handle),
			 0);
}

static void clear(void)
{
	(void)fd_close(heard.file.fd);
	for (size_t i = 0; i < CASES; i++) {
		(void)fd_close(heard.tests[i].input_fd);
		(void)fd_close(heard.tests[i].answer_fd);
	}
}

static void loop_until_steps(unsigned n)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + time_scale() * LOOP_SECONDS * NSEC_PER_SEC;

	while (heard.steps < n && heard.done == 0 && clock_now_ns(CLOCK_MONOTONIC) < end)
		assert_true(loop_turn(loop, NSEC_PER_SEC) >= 0);
	assert_true(heard.steps >= n);
}

static void loop_until_done(void)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + time_scale() * LOOP_SECONDS * NSEC_PER_SEC;

	while (heard.done == 0 && clock_now_ns(CLOCK_MONOTONIC) < end)
		assert_true(loop_turn(loop, NSEC_PER_SEC) >= 0);
	assert_int_equal(heard.done, 1);
}

static void assert_all_well(void)
{
	loop_until_done();
	for (size_t i = 0; i < CASES; i++) {
		assert_int_equal(heard.verdicts[i], VERDICT_AC);
		assert_int_equal(heard.outputs[i][0], '0' + (char)i);
	}
	assert_int_equal(heard.steps, CASES);
	clear();
}

/* --- what each case is, and when --- */

static void each_has_its_own(void **state _unused_)
{
	if (not_root())
		skip();
	for (int i = 0; i < (time_scale() > 1 ? 1 : 5); i++) {
		submit("read x; test ! -e mine || exit 1; touch mine; echo $x\n");
		assert_all_well();
	}
}

static void one_after_the_other(void **state _unused_)
{
	double last = 0;

	if (not_root())
		skip();
	submit("begin=$EPOCHREALTIME; read x; sleep 0.0$x; echo $x $begin $EPOCHREALTIME\n");
	loop_until_done();
	for (size_t i = 0; i < CASES; i++) {
		char *at = heard.outputs[i];
		long number = strtol(at, &at, 10);
		double begin = strtod(at, &at), end = strtod(at, &at);

		assert_int_equal(number, i);
		assert_true(begin > 0 && begin >= last && end >= begin);
		last = end;
	}
	clear();
}

/* With a checker after each case nothing is known ahead but the case after it. */
static void with_answers(void **state _unused_)
{
	if (not_root())
		skip();
	submit("read x; echo $x\n");
	for (size_t i = 0; i < CASES; i++) {
		char text[2] = {(char)('0' + i), '\n'};

		heard.tests[i].answer_fd = fd_sealed_memfd("answer", text, sizeof(text));
	}
	assert_all_well();
}

/* --- what is ready and not wanted --- */

static void the_rest_is_not_told(void **state _unused_)
{
	if (not_root())
		skip();
	submit("read x; echo $x; exit $(( x == 5 ))\n");
	loop_until_done();
	assert_int_equal(heard.steps, 6);
	assert_int_equal(heard.verdict, VERDICT_NZ);
	assert_int_equal(heard.verdicts[5], VERDICT_NZ);
	assert_int_equal(heard.verdicts[6], VERDICT_SK);
	assert_false(heard.ran[6]);
	clear();
	submit("read x; echo $x\n");
	assert_all_well();
}

static void those_after_a_failure_run(void **state _unused_)
{
	if (not_root())
		skip();
	submit("read x; echo $x; exit $(( x % 2 ))\n");
	heard.submission.keep_going = true;
	loop_until_done();
	for (size_t i = 0; i < CASES; i++)
		assert_int_equal(heard.verdicts[i], i % 2 == 0 ? VERDICT_AC : VERDICT_NZ);
	clear();
}

static void cancelled(void **state _unused_)
{
	const int stride = time_scale() > 1 ? 3 : 1;

	if (not_root())
		skip();
	for (int at = 0; at < CASES; at += stride) {
		submit("read x; echo $x\n");
		heard.cancel_at = at;
		loop_until_done();
		assert_int_equal(heard.steps, at + 1);
		assert_int_equal(heard.verdict, VERDICT_IE);
		clear();
	}
	submit("read x; echo $x\n");
	assert_all_well();
}

/* teardown() frees the engine, in the middle of it. */
static void the_engine_ends(void **state _unused_)
{
	if (not_root())
		skip();
	submit("read x; sleep $((x == 3 ? 100 : 0)); echo $x\n");
	loop_until_steps(3);
	loop_for(50);
	engine = engine_free(engine);
	assert_int_equal(heard.done, 1);
	assert_int_equal(heard.verdict, VERDICT_IE);
	clear();
}

/* --- processes that end, or do not, when nobody expects it --- */

/* The first child of a process, or 0. */
static pid_t child_of(pid_t pid)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	return file_read(AT_FDCWD, path, text, sizeof(text)) > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

static bool is_launcher(pid_t pid)
{
	char path[64], comm[32] = {0};

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	return file_read(AT_FDCWD, path, comm, sizeof(comm)) > 0 &&
	       strncmp(comm, "assay-launcher", 14) == 0;
}

/* PID 1 of the sandbox whose step waits (`held`), or runs; 0: there is none. */
static pid_t first_process(bool held)
{
	char path[64], text[1024], *at = text, *end;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(),
		       (int)getpid());
	assert_true(file_read(AT_FDCWD, path, text, sizeof(text)) > 0);
	for (pid_t launcher; (launcher = (pid_t)strtol(at, &end, 10)) > 0; at = end) {
		pid_t first = child_of(launcher);
		pid_t step = first > 0 ? child_of(first) : 0;

		if (step > 0 && is_launcher(step) == held)
			return first;
	}
	return 0;
}

/* In the middle of the fourth case; the fifth is ready by then. */
static pid_t in_the_middle(bool held)
{
	submit("read x; sleep $((x == 3 ? 1 : 0)); echo $x\n");
	loop_until_steps(3);
	loop_for(300);
	assert_true(first_process(held) > 0);
	return first_process(held);
}

static void one_that_waits_dies(void **state _unused_)
{
	if (not_root())
		skip();
	assert_int_equal(kill(in_the_middle(true), SIGKILL), 0);
	assert_all_well();
	assert_int_equal(kill(child_of(in_the_middle(true)), SIGKILL), 0);
	assert_all_well();
	/* Its end is not heard before its turn. */
	submit("read x; sleep $((x == 3 ? 1 : 0)); echo $x\n");
	loop_until_steps(3);
	loop_for(300);
	assert_int_equal(kill(first_process(true), SIGSTOP), 0);
	assert_int_equal(kill(child_of(first_process(true)), SIGKILL), 0);
	assert_all_well();
}

/* Its first process does not say that it is over; the next begins, and ends, meanwhile. */
static void one_that_is_quicker(void **state _unused_)
{
	pid_t first;

	if (not_root())
		skip();
	first = in_the_middle(false);
	assert_int_equal(kill(first, SIGSTOP), 0);
	loop_for(2000);
	assert_int_equal(heard.steps, 3);
	assert_int_equal(kill(first, SIGCONT), 0);
	assert_all_well();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_has_its_own),
		TEST(one_after_the_other),
		TEST(with_answers),
		TEST(the_rest_is_not_told),
		TEST(those_after_a_failure_run),
		TEST(cancelled),
		TEST(the_engine_ends),
		TEST(one_that_waits_dies),
		TEST(one_that_is_quicker),
	};

	return cmocka_run_group_tests_name("engine: ahead", tests, group_setup, group_teardown);
}
