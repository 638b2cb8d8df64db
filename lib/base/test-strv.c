/* SPDX-License-Identifier: Apache-2.0 */
/* String arrays: NULL everywhere that it may be, ownership, and an array that is appended to itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"

static void null_is_empty(void **state)
{
	char **copy = (char **)1;
	_cleanup_strv_ char **none = NULL;

	assert_int_equal(strv_length(NULL), 0);
	assert_null(strv_free(NULL));
	assert_false(strv_contains(NULL, ""));
	assert_int_equal(strv_copy(NULL, &copy), 0);
	assert_null(copy);
	assert_int_equal(strv_extend(&none, NULL), 0);
	assert_null(none);
}

static void append_keeps_order_and_end(void **state)
{
	_cleanup_strv_ char **v = NULL;
	char text[8] = "a";

	assert_int_equal(strv_append(&v, text), 0);
	text[0] = 'b'; /* it holds copies */
	assert_int_equal(strv_append(&v, text), 0);
	assert_int_equal(strv_append(&v, ""), 0);
	assert_int_equal(strv_length(v), 3);
	assert_string_equal(v[0], "a");
	assert_string_equal(v[1], "b");
	assert_string_equal(v[2], "");
	assert_null(v[3]);
	assert_true(strv_contains(v, ""));
	assert_true(strv_contains(v, "b"));
	assert_false(strv_contains(v, "B"));
	assert_false(strv_contains(v, "bb"));
}

static void consume_owns_and_takes_null_for_no_memory(void **state)
{
	_cleanup_strv_ char **v = NULL;
	char *mine = strdup("x");

	assert_int_equal(strv_consume(&v, mine), 0);
	assert_ptr_equal(v[0], mine);
	assert_int_equal(strv_consume(&v, NULL), -ENOMEM);
	assert_int_equal(strv_length(v), 1);
}

static void copies_are_deep(void **state)
{
	_cleanup_strv_ char **v = NULL, **copy = NULL;

	assert_int_equal(strv_append(&v, "x"), 0);
	assert_int_equal(strv_copy(v, &copy), 0);
	v[0][0] = 'y';
	assert_string_equal(copy[0], "x");
	assert_null(copy[1]);
}

static void copy_of_an_empty_array_is_one(void **state)
{
	char *empty[] = {NULL};
	_cleanup_strv_ char **copy = NULL;

	assert_int_equal(strv_copy(empty, &copy), 0);
	assert_non_null(copy);
	assert_null(copy[0]);
}

static void extend_by_itself(void **state)
{
	_cleanup_strv_ char **v = NULL;

	assert_int_equal(strv_append(&v, "a"), 0);
	assert_int_equal(strv_append(&v, "b"), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(strv_extend(&v, v), 0);
	assert_int_equal(strv_length(v), 128);
	for (size_t i = 0; i < 128; i++)
		assert_string_equal(v[i], i % 2 ? "b" : "a");
}

static void many(void **state)
{
	_cleanup_strv_ char **v = NULL;
	char text[16];

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(strv_append(&v, text), 0);
	}
	assert_int_equal(strv_length(v), 2000);
	assert_string_equal(v[1999], "1999");
}

static void join_takes_as_many_as_it_is_told(void **state)
{
	char *const strings[] = {(char *)"a", (char *)"", (char *)"bc", (char *)"d"};

	for (size_t n = 0; n <= 3; n++) {
		static const char *const expected[] = {"", "a", "a, ", "a, , bc"};
		_cleanup_free_ char *joined = strv_join(strings, n, ", ");

		assert_string_equal(joined, expected[n]);
	}
	_cleanup_free_ char *none = strv_join(NULL, 0, " ");

	assert_string_equal(none, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_is_empty),
		cmocka_unit_test(append_keeps_order_and_end),
		cmocka_unit_test(consume_owns_and_takes_null_for_no_memory),
		cmocka_unit_test(copies_are_deep),
		cmocka_unit_test(copy_of_an_empty_array_is_one),
		cmocka_unit_test(extend_by_itself),
		cmocka_unit_test(many),
		cmocka_unit_test(join_takes_as_many_as_it_is_told),
	};

	return cmocka_run_group_tests_name("strv", tests, NULL, NULL);
}
