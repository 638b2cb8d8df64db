/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: the table is whole, codes are stable, precedence is the documented order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/contract/verdict.h"

/* The order of docs/architecture.md, PLE beside the limits that it stands with. */
static const char *const precedence[] = {"IE",	"CE",  "DJS", "GLE", "MLE", "PLE", "TLE", "WTLE",
					 "OLE", "RTE", "NZ",  "WA",  "PC",  "AC",  "SK"};

static void codes_stand_in_the_order_of_precedence(void **state)
{
	assert_int_equal(ARRAY_SIZE(precedence), VERDICT_MAX);
	for (int v = 0; v < VERDICT_MAX; v++)
		assert_string_equal(verdict_code(v), precedence[v]);
}

static void codes_come_back(void **state)
{
	for (int v = 0; v < VERDICT_MAX; v++) {
		assert_int_equal(verdict_from_code(verdict_code(v)), v);
		assert_true(strlen(verdict_name(v)) > 0);
		for (int w = 0; w < v; w++)
			assert_string_not_equal(verdict_name(v), verdict_name(w));
	}
}

static void strange_codes(void **state)
{
	assert_int_equal(verdict_from_code(""), -ENOENT);
	assert_int_equal(verdict_from_code("ac"), -ENOENT);
	assert_int_equal(verdict_from_code("AC "), -ENOENT);
	assert_int_equal(verdict_from_code("A"), -ENOENT);
	assert_int_equal(verdict_from_code("accepted"), -ENOENT);
}

static void the_worse_wins(void **state)
{
	for (int v = 0; v < VERDICT_MAX; v++) {
		assert_int_equal(verdict_worse(v, v), v);
		assert_int_equal(verdict_worse(v, VERDICT_IE), VERDICT_IE);
		assert_int_equal(verdict_worse(v, VERDICT_SK), v);
		assert_int_equal(verdict_worse(VERDICT_SK, v), v);
	}
	assert_int_equal(verdict_worse(VERDICT_AC, VERDICT_WA), VERDICT_WA);
	assert_int_equal(verdict_worse(VERDICT_TLE, VERDICT_MLE), VERDICT_MLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_stand_in_the_order_of_precedence),
		cmocka_unit_test(codes_come_back),
		cmocka_unit_test(strange_codes),
		cmocka_unit_test(the_worse_wins),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
