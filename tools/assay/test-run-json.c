/* SPDX-License-Identifier: Apache-2.0 */

/* The object's keys, types and nulls, from a hand-made result; bad bytes, cuts and the budget of texts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "lib/base/mem.h"
#include "tools/assay/run-json.h"
#include "tools/assay/test-result.h"

static const char *const step_keys[] = {
	"verdict",	   "exit_code",	   "exit_signal",	"cpu_time_ns",	 "user_time_ns",
	"system_time_ns",  "wall_time_ns", "memory_peak_bytes", "memory_source", "processes_peak",
	"oom_killed",	   "limits_hit",   "stdout_bytes",	"stderr_bytes",	 "stdout",
	"stderr",	   "truncated",	   "gas_used",		"syscalls",	 "denied",
	"checker_message",
};

static json_t *render(const struct run_result *result)
{
	struct policy policy = test_policy();
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	json_error_t error;

	assert_non_null(stream);
	assert_int_equal(run_json_write(stream, result, &policy, NULL), 0);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(text[size - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), text + size - 1);
	json_t *object = json_loads(text, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	assert_non_null(object);
	return object;
}

static json_t *test_of(json_t *object, size_t i)
{
	return json_array_get(json_object_get(object, "tests"), i);
}

static void test_top_level(void **state)
{
	struct run_result result;

	test_result_make(&result);
	json_t *object = render(&result), *environment = json_object_get(object, "environment");
	assert_int_equal(json_integer_value(json_object_get(object, "version")), 1);
	assert_string_equal(json_string_value(json_object_get(object, "id")), result.id);
	assert_string_equal(json_string_value(json_object_get(object, "policy")), "c");
	assert_string_equal(json_string_value(json_object_get(object, "policy_hash")), "abcd");
	assert_string_equal(json_string_value(json_object_get(object, "verdict")), "RTE");
	assert_true(json_is_real(json_object_get(object, "score")));
	assert_string_equal(json_string_value(json_object_get(object, "message")), "");
	assert_true(json_is_null(json_object_get(object, "gas")));
	assert_true(json_is_null(json_object_get(object, "trace")));
	assert_string_equal(json_string_value(json_object_get(environment, "cgroup")), "hybrid");
	assert_string_equal(json_string_value(json_object_get(json_object_get(environment, "layers"),
							      "seccomp")),
			    "on");
	assert_int_equal(json_array_size(json_object_get(environment, "degraded")), 1);
	assert_non_null(json_object_get(environment, "kernel"));
	json_decref(object);
	run_result_clear(&result);
}

static void test_every_step_has_every_key(void **state)
{
	struct run_result result;

	test_result_make(&result);
	json_t *object = render(&result);
	for (size_t i = 0; i < ARRAY_SIZE(step_keys); i++) {
		assert_non_null(json_object_get(json_object_get(object, "compile"), step_keys[i]));
		for (size_t j = 0; j < TEST_RESULT_CASES; j++)
			assert_non_null(json_object_get(test_of(object, j), step_keys[i]));
	}
	assert_string_equal(json_string_value(json_object_get(test_of(object, 1), "name")),
			    "secret/01-big");
	json_decref(object);
	run_result_clear(&result);
}

static void test_figures_are_integers_and_null_when_nothing_ran(void **state)
{
	struct run_result result;

	test_result_make(&result);
	json_t *object = render(&result), *ran = test_of(object, 1), *skipped = test_of(object, 2);
	assert_int_equal(json_integer_value(json_object_get(ran, "cpu_time_ns")), 1500000);
	assert_int_equal(json_integer_value(json_object_get(ran, "memory_peak_bytes")), 2097152);
	assert_int_equal(json_integer_value(json_object_get(ran, "exit_code")), -1);
	assert_int_equal(json_integer_value(json_object_get(ran, "exit_signal")), 11);
	assert_string_equal(json_string_value(json_object_get(ran, "memory_source")), "memory.peak");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(ran, "limits"), "cpu")), "500ms");
	assert_true(json_is_null(json_object_get(json_object_get(ran, "pressure"), "cpu_ns")));
	assert_string_equal(json_string_value(json_object_get(skipped, "verdict")), "SK");
	assert_true(json_is_null(json_object_get(skipped, "cpu_time_ns")));
	assert_true(json_is_null(json_object_get(skipped, "exit_code")));
	assert_string_equal(json_string_value(json_object_get(skipped, "stdout")), "");
	json_decref(object);
	run_result_clear(&result);
}

static void test_no_compile_step_is_null(void **state)
{
	struct run_result result;

	test_result_make(&result);
	step_result_clear(&result.compile);
	result.has_compile = false;
	json_t *object = render(&result);
	assert_true(json_is_null(json_object_get(object, "compile")));
	json_decref(object);
	run_result_clear(&result);
}

static void test_bad_bytes_are_replaced(void **state)
{
	struct run_result result;
	static const char bytes[] = {'x', '\0', 'y'};

	test_result_make(&result);
	(void)fd_close(result.tests[0].step.stdout_fd);
	result.tests[0].step.stdout_fd = test_output(bytes, sizeof(bytes));
	json_t *object = render(&result), *nul = json_object_get(test_of(object, 0), "stdout");
	assert_string_equal(json_string_value(json_object_get(test_of(object, 1), "stdout")),
			    "a\xEF\xBF\xBD\n");
	assert_int_equal(json_string_length(nul), sizeof(bytes));
	assert_memory_equal(json_string_value(nul), bytes, sizeof(bytes));
	json_decref(object);
	run_result_clear(&result);
}

/* A field full of two-byte characters, one byte off, so that the limit falls into one. */
static void test_long_output_is_cut_between_characters(void **state)
{
	struct run_result result;
	size_t size = RUN_JSON_TEXT_BYTES_MAX + 11;
	_cleanup_free_ char *long_text = malloc(size);

	assert_non_null(long_text);
	for (size_t i = 0; i < size; i++)
		long_text[i] = i == 0 ? 'x' : i % 2 ? '\xC3' : '\xA9';
	test_result_make(&result);
	(void)fd_close(result.tests[0].step.stdout_fd);
	result.tests[0].step.stdout_fd = test_output(long_text, size);
	json_t *object = render(&result), *test = test_of(object, 0);
	const char *shown = json_string_value(json_object_get(test, "stdout"));
	assert_int_equal(strlen(shown), RUN_JSON_TEXT_BYTES_MAX - 1);
	assert_null(strstr(shown, "\xEF\xBF\xBD"));
	assert_true(json_is_true(json_object_get(test, "truncated")));
	assert_true(json_is_false(json_object_get(test_of(object, 1), "truncated")));
	json_decref(object);
	run_result_clear(&result);
}

static void test_denied_calls_keep_their_bits(void **state)
{
	struct run_result result;

	test_result_make(&result);
	result.tests[1].step.n_denied = 1;
	result.tests[1].step.denied[0] = (struct denied_call){
		.syscall = "socket",
		.args = {2, UINT64_MAX, 1ull << 40},
		.pid = 7,
		.comm = "py\xFFthon",
	};
	json_t *object = render(&result);
	json_t *call = json_array_get(json_object_get(test_of(object, 1), "denied"), 0);
	json_t *args = json_object_get(call, "args");
	assert_int_equal(json_array_size(args), 3);
	assert_int_equal(json_integer_value(json_array_get(args, 1)), -1);
	assert_true(json_integer_value(json_array_get(args, 2)) == 1ll << 40);
	assert_int_equal(json_integer_value(json_object_get(call, "pid")), 7);
	assert_string_equal(json_string_value(json_object_get(call, "comm")), "py\xEF\xBF\xBDthon");
	json_decref(object);
	result.tests[1].step.denied[0] = (struct denied_call){.syscall = "socket", .nr = -1};
	object = render(&result);
	call = json_array_get(json_object_get(test_of(object, 1), "denied"), 0);
	assert_int_equal(json_array_size(json_object_get(call, "args")), 0);
	json_decref(object);
	run_result_clear(&result);
}

static void test_limits_hit_are_names(void **state)
{
	struct run_result result;

	test_result_make(&result);
	result.tests[1].step.limits_hit = 1u << LIMIT_CPU | 1u << LIMIT_PIDS;
	json_t *object = render(&result);
	json_t *hit = json_object_get(test_of(object, 1), "limits_hit");
	assert_int_equal(json_array_size(hit), 2);
	assert_string_equal(json_string_value(json_array_get(hit, 0)), "cpu");
	assert_string_equal(json_string_value(json_array_get(hit, 1)), "pids");
	json_decref(object);
	run_result_clear(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top_level),
		cmocka_unit_test(test_every_step_has_every_key),
		cmocka_unit_test(test_figures_are_integers_and_null_when_nothing_ran),
		cmocka_unit_test(test_no_compile_step_is_null),
		cmocka_unit_test(test_bad_bytes_are_replaced),
		cmocka_unit_test(test_long_output_is_cut_between_characters),
		cmocka_unit_test(test_denied_calls_keep_their_bits),
		cmocka_unit_test(test_limits_hit_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
