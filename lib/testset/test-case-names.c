/* SPDX-License-Identifier: Apache-2.0 */
/* Names of cases: version order, pairing, and a sentence for each mistake. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/testset/case-names.h"
#include "lib/testset/testset.h"

static void endings_make_parts(void **state)
{
	size_t length = 99;

	assert_int_equal(case_part_of("1.in", &length), CASE_PART_INPUT);
	assert_int_equal(length, 1);
	assert_int_equal(case_part_of("a.b.ans", &length), CASE_PART_ANS);
	assert_int_equal(length, 3);
	assert_int_equal(case_part_of("x.in.out", &length), CASE_PART_OUT);
	assert_int_equal(length, 4);
}

static void other_files_are_passed_over(void **state)
{
	static const char *const other[] = {"",	      "in",	 "1",	   "1.IN",
					    "1.in~",  "1.input", ".in",	   ".ans",
					    ".1.in",  "._1.in",	 "1.desc", "1.in.txt",
					    "README", "1.an",	 ".",	   ".."};
	size_t length = 99;

	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_int_equal(case_part_of(other[i], &length), CASE_PART_NONE);
	assert_int_equal(length, 99);
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void version_order(void **state)
{
	static const char *const ascending[] = {"",
						"-1",
						"01",
						"1",
						"1-a",
						"1a",
						"2",
						"10",
						"18446744073709551616",
						"18446744073709551617",
						"A",
						"a",
						"a001",
						"a1",
						"a1b2",
						"a1b10",
						"a2",
						"a10",
						"ab",
						"\xc3\xa4"};

	for (size_t i = 0; i < ARRAY_SIZE(ascending); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(ascending); j++) {
			int expected = (i > j) - (i < j);

			if (sign(case_name_compare(ascending[i], ascending[j])) != expected)
				fail_msg("\"%s\" and \"%s\"", ascending[i], ascending[j]);
		}
	}
}

/* Pairs the names that stand in `text` with spaces between them. */
static int pair(const char *text, struct case_name **ret_names, size_t *ret_n, struct fault *fault)
{
	_cleanup_case_files_ struct case_files files = {0};
	char name[64];
	int taken;

	for (; sscanf(text, "%63s%n", name, &taken) == 1; text += taken)
		assert_int_equal(case_files_add(&files, name), 0);
	return case_files_pair(&files, "secret/", ret_names, ret_n, fault);
}

static void pairs_come_in_order(void **state)
{
	static const char *const expected[] = {"1", "2", "10", "a"};
	struct case_name *names = NULL;
	size_t n = 0;

	assert_int_equal(pair("10.in a.ans 2.ans 1.out README 2.in 10.ans notes.txt 1.in a.in",
			      &names, &n, NULL),
			 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(names[i].name, expected[i]);
		assert_string_equal(names[i].answer_ending, i == 0 ? ".out" : ".ans");
	}
	assert_null(case_names_free(names, n));
}

static void nothing_makes_nothing(void **state)
{
	struct case_name *names = (struct case_name *)1;
	size_t n = 9;

	assert_int_equal(pair("README", &names, &n, NULL), 0);
	assert_null(names);
	assert_int_equal(n, 0);
	assert_null(case_names_free(NULL, 0));
}

static void assert_refused(const char *text, const char *sentence)
{
	struct case_name *names = NULL;
	struct fault fault = {0};
	size_t n = 9;

	assert_int_equal(pair(text, &names, &n, &fault), -EINVAL);
	assert_string_equal(fault.text, sentence);
	assert_int_equal(fault.error, -EINVAL);
	assert_null(names);
	assert_int_equal(n, 9);
	assert_int_equal(pair(text, &names, &n, NULL), -EINVAL);
}

static void each_mistake_has_a_sentence(void **state)
{
	assert_refused("1.in 1.ans 2.in", "secret/2.in has no answer; expected secret/2.ans or "
					  "secret/2.out beside it");
	assert_refused("1.in 1.ans 2.ans",
		       "secret/2.ans has no input; expected secret/2.in beside it");
	assert_refused("2.out", "secret/2.out has no input; expected secret/2.in beside it");
	assert_refused("1.in 1.ans 1.out",
		       "secret/1 has two answers, .ans and .out; expected one of them");
	assert_refused("1.ans 1.out",
		       "secret/1 has two answers, .ans and .out; expected one of them");
	/* Not a pair: 01 and 1 are two names. */
	assert_refused("01.in 1.ans", "secret/01.in has no answer; expected secret/01.ans or "
				      "secret/01.out beside it");
}

static void strange_names_are_shown_escaped(void **state)
{
	assert_refused("a\xff.in", "secret/a\\xff.in has no answer; expected secret/a\\xff.ans or "
				   "secret/a\\xff.out beside it");
}

static void control_bytes_are_refused(void **state)
{
	_cleanup_case_files_ struct case_files files = {0};

	assert_int_equal(case_files_add(&files, "a\nb.in"), -EINVAL);
	assert_int_equal(case_files_add(&files, "\x1b[2J.ans"), -EINVAL);
	assert_int_equal(case_files_add(&files, "a\x7f.in"), -EINVAL);
	assert_int_equal(case_files_add(&files, "a\nb"), 0); /* nobody's case */
	assert_int_equal(files.n, 0);
}

static void there_is_an_end(void **state)
{
	_cleanup_case_files_ struct case_files files = {0};
	char name[32];

	for (int i = 0; i < 3 * TESTSET_CASES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%d.in", i);
		assert_int_equal(case_files_add(&files, name), 0);
	}
	assert_int_equal(case_files_add(&files, "x.in"), -E2BIG);
	assert_int_equal(case_files_add(&files, "x.txt"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endings_make_parts),
		cmocka_unit_test(other_files_are_passed_over),
		cmocka_unit_test(version_order),
		cmocka_unit_test(pairs_come_in_order),
		cmocka_unit_test(nothing_makes_nothing),
		cmocka_unit_test(each_mistake_has_a_sentence),
		cmocka_unit_test(strange_names_are_shown_escaped),
		cmocka_unit_test(control_bytes_are_refused),
		cmocka_unit_test(there_is_an_end),
	};

	return cmocka_run_group_tests_name("case-names", tests, NULL, NULL);
}
