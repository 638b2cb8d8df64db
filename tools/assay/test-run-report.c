/* SPDX-License-Identifier: Apache-2.0 */

/* The report of a hand-made result, the words for each verdict's cause, and that nothing hostile gets through. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>

#include "lib/base/mem.h"
#include "tools/assay/denied.h"
#include "tools/assay/run-cause.h"
#include "tools/assay/run-kept.h"
#include "tools/assay/run-report.h"
#include "tools/assay/table.h"
#include "tools/assay/test-result.h"

/* The report's text; the caller frees it. */
static char *render(const struct run_result *result, bool color)
{
	struct policy policy = test_policy();
	char *text = NULL;
	size_t size;
	struct term term = {.stream = open_memstream(&text, &size), .color = color, .columns = 80};

	assert_non_null(term.stream);
	assert_int_equal(run_report_write(&term, result, &policy, NULL), 0);
	assert_int_equal(fclose(term.stream), 0);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void test_a_line_for_each_case_and_a_summary(void **state)
{
	struct run_result result;

	test_result_make(&result);
	_cleanup_free_ char *text = render(&result, false);
	has(text, "case           verdict     cpu    wall   memory  cause\n");
	has(text, "compile        ok       1.5 ms  3.0 ms  2.0 MiB\n");
	has(text, "sample/1       AC       1.5 ms  3.0 ms  2.0 MiB\n");
	has(text, "secret/01-big  RTE      1.5 ms  3.0 ms  2.0 MiB  SIGSEGV (Segmentation fault)\n");
	has(text, "secret/02      SK            -       -        -  an earlier step decided\n");
	has(text, "verdict   RTE, run error (signal); 1 of 3 cases accepted, score 0.3333\n");
	has(text, "total     cpu 3.0 ms, wall 6.0 ms, memory at most 2.0 MiB\n");
	has(text, "limits    cpu 500ms, memory 64M\n");
	has(text, "figures   cpu from cpu.stat, memory from memory.peak, processes from pids.peak,\n"
		  "          oom from memory.events\n");
	has(text, "sandbox   policy c, cgroup hybrid, Linux ");
	has(text, "degraded  landlock\n");
	assert_null(strchr(text, '\033'));
	run_result_clear(&result);
}

static void test_colours_when_asked(void **state)
{
	struct run_result result;

	test_result_make(&result);
	_cleanup_free_ char *text = render(&result, true);
	has(text, "\033[32mAC\033[0m");
	has(text, "\033[31mRTE\033[0m");
	run_result_clear(&result);
}

static void test_compiler_messages_are_escaped_and_cut(void **state)
{
	struct run_result result;
	_cleanup_free_ char *messages = NULL;
	size_t size;
	FILE *stream = open_memstream(&messages, &size);

	assert_non_null(stream);
	(void)fputs("main.c:1: error: \033[2J\xFF \"x\"\n", stream);
	for (int i = 0; i < 99; i++)
		(void)fprintf(stream, "note %d\n", i);
	assert_int_equal(fclose(stream), 0);
	test_result_make(&result);
	result.compile.verdict = VERDICT_CE;
	result.compile.exit_code = 1;
	result.compile.stderr_fd = test_output(messages, size);
	_cleanup_free_ char *text = render(&result, false);
	has(text, "compiler:\n  main.c:1: error: \\x1b[2J\\xff \"x\"\n  note 0\n");
	has(text, "  note 38\n  ... 60 more lines; --output DIR keeps them\n");
	has(text, "CE       1.5 ms  3.0 ms  2.0 MiB  exit code 1\n");
	assert_null(strchr(text, '\033'));
	run_result_clear(&result);
}

static void test_hostile_names_and_messages(void **state)
{
	struct run_result result;

	test_result_make(&result);
	free(result.tests[0].name);
	result.tests[0].name = strdup("\033]0;x\a\n");
	result.tests[0].step.verdict = VERDICT_WA;
	(void)strcpy(result.tests[0].step.checker_message, "got \033[31m\n");
	(void)strcpy(result.message, "\r\033[A");
	result.tests[1].step.n_denied = 1;
	result.tests[1].step.denied[0] =
		(struct denied_call){.syscall = "socket", .comm = "\033[0m\n", .pid = 7};
	_cleanup_free_ char *text = render(&result, false);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\r'));
	has(text, "\\x1b]0;x\\x07\\n");
	has(text, "got \\x1b[31m\\n");
	has(text, "denied    secret/01-big: socket(0, 0, 0) by \\x1b[0m\\n [pid 7]\n");
	run_result_clear(&result);
}

static void says(const struct step_result *step, const char *expected)
{
	char cause[CAUSE_BYTES];

	assert_string_equal(run_cause(step, cause, sizeof(cause)), expected);
}

static void test_causes(void **state)
{
	struct step_result step = {.verdict = VERDICT_NZ, .ran = true, .exit_code = 3};

	says(&step, "exit code 3");
	limits_set(&step.limits, LIMIT_PIDS, 16);
	limits_set(&step.limits, LIMIT_CPU, 500 * NSEC_PER_MSEC);
	limits_set(&step.limits, LIMIT_OUTPUT, 65536);
	step.limits_hit = 1u << LIMIT_PIDS;
	says(&step, "exit code 3; also processes over 16");
	step.verdict = VERDICT_TLE;
	step.limits_hit = 1u << LIMIT_CPU;
	says(&step, "CPU time over 500ms");
	step.limits_hit |= 1u << LIMIT_PIDS;
	says(&step, "CPU time over 500ms; also processes over 16");
	step.verdict = VERDICT_OLE;
	step.limits_hit = 1u << LIMIT_OUTPUT;
	says(&step, "output over 64K");
	step.verdict = VERDICT_RTE;
	step.limits_hit = 0;
	step.exit_signal = SIGRTMIN + 3;
	says(&step, "signal 37");
	step.verdict = VERDICT_AC;
	says(&step, "");
	step.verdict = VERDICT_IE;
	(void)fault_say(&step.fault, -EPERM, "seccomp", "cannot load");
	says(&step, "seccomp: cannot load");
	step.verdict = VERDICT_WA;
	(void)strcpy(step.checker_message, "expected \"3\", got \"\\xff\"");
	says(&step, "expected \"3\", got \"\\xff\"");
}

static void test_denied_arguments(void **state)
{
	struct denied_call call = {
		.syscall = "socket",
		.args = {2, 1, 0, 0xdead, 0xbeef, 1},
		.pid = 7,
		.comm = "python3",
	};
	char text[256];

	assert_string_equal(denied_describe(&call, text, sizeof(text)),
			    "socket(2, 1, 0) by python3 [pid 7]");
	call.args[1] = 0xFFFFFFFF;
	call.args[2] = 0x7ffd12345678;
	assert_string_equal(denied_describe(&call, text, sizeof(text)),
			    "socket(2, -1, 0x7ffd12345678) by python3 [pid 7]");
	(void)strcpy(call.syscall, "no_such_call");
	assert_string_equal(
		denied_describe(&call, text, sizeof(text)),
		"no_such_call(2, -1, 0x7ffd12345678, 57005, 48879, 1) by python3 [pid 7]");
	(void)strcpy(call.syscall, "fork");
	assert_string_equal(denied_describe(&call, text, sizeof(text)), "fork() by python3 [pid 7]");
	call = (struct denied_call){.syscall = "keyctl"};
	assert_string_equal(denied_describe(&call, text, sizeof(text)),
			    "keyctl, interrupted before it could be read");
}

static void test_figures(void **state)
{
	char text[FIGURE_BYTES];

	assert_string_equal(run_figure_time(0, text, sizeof(text)), "0 us");
	assert_string_equal(run_figure_time(873999, text, sizeof(text)), "873 us");
	assert_string_equal(run_figure_time(48260000, text, sizeof(text)), "48.3 ms");
	assert_string_equal(run_figure_time(2 * NSEC_PER_SEC, text, sizeof(text)), "2.00 s");
	assert_string_equal(run_figure_bytes(831488, text, sizeof(text)), "812 KiB");
	assert_string_equal(run_figure_bytes(28416410, text, sizeof(text)), "27.1 MiB");
}

static void test_output_is_raw_in_a_pipe_and_escaped_on_a_terminal(void **state)
{
	static const char bytes[] = "a\0\033[2J\xFF\n";
	_cleanup_close_ int fd = test_output(bytes, sizeof(bytes) - 1);

	for (int is_terminal = 0; is_terminal < 2; is_terminal++) {
		_cleanup_free_ char *text = NULL;
		size_t size;
		struct term term = {.stream = open_memstream(&text, &size),
				    .is_terminal = is_terminal};

		assert_non_null(term.stream);
		assert_int_equal(run_kept_write(&term, fd), 0);
		assert_int_equal(fclose(term.stream), 0);
		if (is_terminal)
			assert_string_equal(text, "a\\x00\\x1b[2J\\xff\n");
		else
			assert_memory_equal(text, bytes, sizeof(bytes) - 1);
	}
}

static void test_tables_align_and_leave_no_trailing_space(void **state)
{
	_cleanup_table_ struct table table = {.n_columns = 3, .right = {false, true, false}};
	static const char *const cells[] = {"a", "1", "", "b\xC3\xA9", "22", "x", "unfinished"};
	_cleanup_free_ char *text = NULL;
	size_t size;
	struct term term = {.stream = open_memstream(&text, &size)};

	assert_non_null(term.stream);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		assert_int_equal(table_add(&table, TERM_RED, cells[i]), 0);
	table_write(&table, &term);
	assert_int_equal(fclose(term.stream), 0);
	assert_string_equal(text, "a            1\nb\xC3\xA9          22  x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_for_each_case_and_a_summary),
		cmocka_unit_test(test_colours_when_asked),
		cmocka_unit_test(test_compiler_messages_are_escaped_and_cut),
		cmocka_unit_test(test_hostile_names_and_messages),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_denied_arguments),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_output_is_raw_in_a_pipe_and_escaped_on_a_terminal),
		cmocka_unit_test(test_tables_align_and_leave_no_trailing_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
