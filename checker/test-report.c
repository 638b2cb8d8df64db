/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: the sentence for each kind of difference, and that it is one short clean line whatever the output is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/report.h"
#include "lib/base/escape.h"
#include "lib/base/mem.h"

static const struct compare_options tokens = {.mode = COMPARE_TOKENS};
static const struct compare_options lines = {.mode = COMPARE_LINES};
static const struct compare_options exact = {.mode = COMPARE_EXACT};

static void report(const struct compare_options *options, struct text expected, struct text found,
		   char *line, size_t size)
{
	struct difference d;
	size_t n;

	assert_false(compare_texts(options, expected, found, &d));
	n = report_difference(options, expected, found, &d, line, size);
	assert_int_equal(n, strlen(line));
}

static void assert_reports(const struct compare_options *options, const char *expected,
			   const char *found, const char *sentence)
{
	char line[REPORT_BYTES];

	report(options, (struct text){expected, strlen(expected)},
	       (struct text){found, strlen(found)}, line, sizeof(line));
	assert_string_equal(line, sentence);
}

static void tokens_and_numbers(void **state)
{
	const struct compare_options abs = {.float_abs = {1, -6}};
	const struct compare_options both = {.float_abs = {1, -6}, .float_rel = {25, -4}};
	const struct compare_options rel = {.float_rel = {1, 0}};

	assert_reports(&tokens, "1 2\n3 42\n", "1 2\n3 43\n",
		       "line 2, column 3: expected \"42\", found \"43\"");
	assert_reports(&tokens, "1\n2\n", "1\n", "line 2, column 1: expected \"2\", found the end");
	assert_reports(&tokens, "1\n", "1\n2\n", "line 2, column 1: expected the end, found \"2\"");
	assert_reports(
		&abs, "1", "2",
		"line 1, column 1: expected \"1\", found \"2\"; they differ by more than 1e-6 absolute");
	assert_reports(&both, "1", "2",
		       "line 1, column 1: expected \"1\", found \"2\"; they differ by more than 1e-6 "
		       "absolute and 25e-4 relative");
	assert_reports(
		&rel, "1", "-2",
		"line 1, column 1: expected \"1\", found \"-2\"; they differ by more than 1e0 relative");
	assert_reports(&abs, "1", "x", "line 1, column 1: expected \"1\", found \"x\"");
}

static void white_space(void **state)
{
	const struct compare_options strict = {.strict_space = true};

	assert_reports(&strict, "a b", "a  b",
		       "line 1, column 2: expected the white space \" \", found \"  \"");
	assert_reports(&strict, "a\n", "a",
		       "line 1, column 2: expected the white space \"\\n\", found no white space");
	assert_reports(&strict, "a", "a\n",
		       "line 1, column 2: expected no white space, found \"\\n\"");
}

static void lines_and_bytes(void **state)
{
	assert_reports(&lines, "a b c\n", "a b d\n",
		       "line 1, column 5: expected \"a b c\", found \"a b d\"");
	assert_reports(&lines, "a\nb", "a\n\nb",
		       "line 2, column 1: expected \"b\", found an empty line");
	assert_reports(&exact, "a\nbc", "a\nbd", "line 2, column 2: expected \"c\", found \"d\"");
	assert_reports(&exact, "a\n", "a", "line 1, column 2: expected \"\\n\", found the end");
}

static void columns_are_characters(void **state)
{
	assert_reports(&tokens, "\xc3\xa4\xe2\x82\xac x", "\xc3\xa4\xe2\x82\xac y",
		       "line 1, column 4: expected \"x\", found \"y\"");
}

static void strange_bytes_are_escaped(void **state)
{
	char line[REPORT_BYTES];

	assert_reports(&tokens, "a", "\x1b[2J\x07\"\xff",
		       "line 1, column 1: expected \"a\", found \"\\x1b[2J\\x07\\\"\\xff\"");
	report(&tokens, (struct text){"a", 1}, (struct text){"a\0b", 3}, line, sizeof(line));
	assert_string_equal(line, "line 1, column 1: expected \"a\", found \"a\\x00b\"");
}

static void long_texts_are_shown_where_they_differ(void **state)
{
	char a[1001], b[1001], line[REPORT_BYTES];

	memset(a, '7', sizeof(a));
	memcpy(b, a, sizeof(a));
	a[500] = '1';
	b[500] = '2';
	report(&tokens, (struct text){a, 1000}, (struct text){b, 1000}, line, sizeof(line));
	assert_non_null(strstr(line, "expected \"...77777777777777771777"));
	assert_non_null(strstr(line, "found \"...77777777777777772777"));
	assert_non_null(strstr(line, "777...\""));
}

static void context_starts_at_a_character(void **state)
{
	char a[400] = "", b[400] = "", line[REPORT_BYTES];

	for (int shift = 0; shift < 3; shift++) {
		char *end = a + shift;

		memset(a, 'n', (size_t)shift);
		for (int i = 0; i < 60; i++, end += 3)
			memcpy(end, "\xe2\x82\xac", 3);
		*end = '\0';
		(void)snprintf(b, sizeof(b), "%s2", a);
		*end++ = '1';
		*end = '\0';
		report(&tokens, (struct text){a, strlen(a)}, (struct text){b, strlen(b)}, line,
		       sizeof(line));
		assert_null(strstr(line, "\\x"));
		assert_non_null(strstr(line, "\xe2\x82\xac"
					     "1\""));
	}
}

/* The largest everything: a whole message still fits, and both sides are in it. */
static void nothing_is_too_long(void **state)
{
	const struct compare_options options = {
		.float_abs = {999999999999999999, -999999999},
		.float_rel = {999999999999999999, -999999999},
	};
	char a[300], b[300], line[REPORT_BYTES];

	memset(a, '1', sizeof(a));
	memset(b, '2', sizeof(b));
	report(&options, (struct text){a, sizeof(a)}, (struct text){b, sizeof(b)}, line,
	       sizeof(line));
	assert_true(strlen(line) < REPORT_BYTES - 40); /* room for line and column of 20 digits each */
	assert_non_null(strstr(line, "relative"));
}

static void assert_clean(const char *line)
{
	size_t n = strlen(line);

	assert_true(n > 0);
	for (size_t i = 0; i < n;) {
		size_t length = utf8_length(line + i, n - i);

		assert_true(length > 0);
		assert_true(length > 1 || ((unsigned char)line[i] >= 0x20 && line[i] != 0x7f));
		i += length;
	}
}

static void random_bytes_give_clean_lines(void **state)
{
	struct compare_options options = {0};
	unsigned seed = 1;

	for (int i = 0; i < 50000; i++) {
		char a[120], b[120], line[REPORT_BYTES];
		struct text x = {a, (size_t)rand_r(&seed) % sizeof(a)};
		struct text y = {b, (size_t)rand_r(&seed) % sizeof(b)};
		int shared = rand_r(&seed) % 120;
		struct difference d;

		for (int j = 0; j < 120; j++) {
			a[j] = (char)(rand_r(&seed) >> 7);
			b[j] = j < shared ? a[j] : (char)(rand_r(&seed) >> 7);
		}
		options.mode = (enum compare_mode)(i % COMPARE_MODE_MAX);
		options.strict_space = i % 2;
		if (compare_texts(&options, x, y, &d))
			continue;
		(void)report_difference(&options, x, y, &d, line, sizeof(line));
		assert_clean(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_and_numbers),
		cmocka_unit_test(white_space),
		cmocka_unit_test(lines_and_bytes),
		cmocka_unit_test(columns_are_characters),
		cmocka_unit_test(strange_bytes_are_escaped),
		cmocka_unit_test(long_texts_are_shown_where_they_differ),
		cmocka_unit_test(context_starts_at_a_character),
		cmocka_unit_test(nothing_is_too_long),
		cmocka_unit_test(random_bytes_give_clean_lines),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
