/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three modes: what agrees, what differs and where, on ordinary, clumsy and hostile outputs, and against a plain
 * second implementation on random texts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/compare.h"
#include "lib/base/mem.h"

static const struct compare_options tokens = {.mode = COMPARE_TOKENS};
static const struct compare_options lines = {.mode = COMPARE_LINES};
static const struct compare_options exact = {.mode = COMPARE_EXACT};
static const struct compare_options strict = {.mode = COMPARE_TOKENS, .strict_space = true};
static const struct compare_options caseless = {.mode = COMPARE_TOKENS, .ignore_case = true};
static const struct compare_options floats = {.mode = COMPARE_TOKENS, .float_abs = {1, -6}};

static struct text text_of(const char *string)
{
	return (struct text){string, strlen(string)};
}

static bool same(const struct compare_options *options, const char *expected, const char *found)
{
	struct difference difference;

	return compare_texts(options, text_of(expected), text_of(found), &difference);
}

static void assert_differs(const struct compare_options *options, const char *expected,
			   const char *found, enum difference_kind kind, size_t expected_at,
			   size_t expected_length, size_t found_at, size_t found_length)
{
	struct difference d;

	assert_false(compare_texts(options, text_of(expected), text_of(found), &d));
	assert_int_equal(d.kind, kind);
	assert_int_equal(d.expected.at, expected_at);
	assert_int_equal(d.expected.length, expected_length);
	assert_int_equal(d.found.at, found_at);
	assert_int_equal(d.found.length, found_length);
}

static void tokens_ignore_white_space(void **state)
{
	assert_true(same(&tokens, "", ""));
	assert_true(same(&tokens, "1 2\n3\n", "1 2\n3\n"));
	assert_true(same(&tokens, "1 2\n3\n", "1\t2 3"));
	assert_true(same(&tokens, "1 2\n3\n", "\n\n 1 \r\n2\v\f3   \n\n"));
	assert_true(same(&tokens, "\n \n", ""));
	assert_true(same(&tokens, "", " \t\r\n\v\f"));
	assert_false(same(&tokens, "12", "1 2"));
	assert_false(same(&tokens, "1 2", "12"));
	assert_false(same(&tokens, "a", "A"));
	assert_false(same(&tokens, "1.0", "1"));
	assert_false(same(&tokens, "5", "+5"));
}

static void tokens_say_where(void **state)
{
	assert_differs(&tokens, "1 2 3", "1\n22\n3", DIFFERENCE_TOKEN, 2, 1, 2, 2);
	assert_differs(&tokens, "1 2 3", "1 2", DIFFERENCE_TOO_SHORT, 4, 1, 3, 0);
	assert_differs(&tokens, "1 2", "1 2 3 4", DIFFERENCE_TOO_LONG, 3, 0, 4, 1);
	assert_differs(&tokens, "x", "", DIFFERENCE_TOO_SHORT, 0, 1, 0, 0);
	assert_differs(&tokens, "", "x", DIFFERENCE_TOO_LONG, 0, 0, 0, 1);
	assert_differs(&tokens, "ab", "abc", DIFFERENCE_TOKEN, 0, 2, 0, 3);
	assert_differs(&tokens, "abc ", "ab ", DIFFERENCE_TOKEN, 0, 3, 0, 2);
}

static void nul_and_bytes_of_no_character_set(void **state)
{
	struct difference d;

	assert_true(compare_texts(&tokens, (struct text){"a\0b", 3}, (struct text){"a\0b ", 4}, &d));
	assert_false(compare_texts(&tokens, (struct text){"a\0b", 3}, (struct text){"a\0c", 3}, &d));
	assert_false(compare_texts(&tokens, (struct text){"a", 1}, (struct text){"a\0", 2}, &d));
	assert_false(compare_texts(&lines, (struct text){"a\n", 2}, (struct text){"a\0\n", 3}, &d));
	assert_false(same(&tokens, "\xc3\xa4", "\xc3"));
	assert_false(same(&tokens, "a", "a\xc2\xa0")); /* a no-break space is no white space */
	assert_false(same(&caseless, "\xc3\xa4", "\xc3\x84"));
	assert_true(compare_texts(&tokens, (struct text){NULL, 0}, (struct text){NULL, 0}, &d));
	assert_true(compare_texts(&lines, (struct text){NULL, 0}, (struct text){NULL, 0}, &d));
	assert_true(compare_texts(&exact, (struct text){NULL, 0}, (struct text){NULL, 0}, &d));
	assert_false(compare_texts(&lines, (struct text){"a", 1}, (struct text){NULL, 0}, &d));
}

static void case_of_ascii(void **state)
{
	const struct compare_options caseless_lines = {.mode = COMPARE_LINES, .ignore_case = true};

	assert_true(same(&caseless, "YES no", "yes NO"));
	assert_true(same(&caseless_lines, "Yes No\n", "yES nO"));
	assert_false(same(&caseless, "@[`{", "`{@["));
	assert_false(same(&caseless, "K", "\xe2\x84\xaa")); /* KELVIN SIGN */
}

static void strict_space_is_every_byte_between(void **state)
{
	assert_true(same(&strict, " 1  2\n", " 1  2\n"));
	assert_differs(&strict, "1 2", "1  2", DIFFERENCE_SPACE, 1, 1, 1, 2);
	assert_differs(&strict, "1 2", "1\t2", DIFFERENCE_SPACE, 1, 1, 1, 1);
	assert_differs(&strict, "1\n", "1", DIFFERENCE_SPACE, 1, 1, 1, 0);
	assert_differs(&strict, "1", "1\n", DIFFERENCE_SPACE, 1, 0, 1, 1);
	assert_differs(&strict, "1\n", "1\r\n", DIFFERENCE_SPACE, 1, 1, 1, 2);
	assert_differs(&strict, "1", " 1", DIFFERENCE_SPACE, 0, 0, 0, 1);
	assert_differs(&strict, "1 2", "1 3", DIFFERENCE_TOKEN, 2, 1, 2, 1);
}

static void lines_ignore_their_ends(void **state)
{
	assert_true(same(&lines, "a b\nc\n", "a b  \nc"));
	assert_true(same(&lines, "a\nb\n", "a\r\nb\r\n\r\n \n"));
	assert_true(same(&lines, "a\n\n\n\n", "a"));
	assert_true(same(&lines, "a\n\nb", "a\n  \nb\n"));
	assert_true(same(&lines, "", "\n \n\t"));
	assert_true(same(&lines, "\n\n", ""));
	assert_false(same(&lines, "a b", "a  b"));
	assert_false(same(&lines, "a", " a"));
	assert_false(same(&lines, "a\nb", "a b"));
	assert_false(same(&lines, "\na", "a"));
}

static void lines_say_where(void **state)
{
	assert_differs(&lines, "one\ntwo\n", "one\ntwos  \n", DIFFERENCE_LINE, 4, 3, 4, 4);
	assert_differs(&lines, "a\nb", "a\n\nb", DIFFERENCE_LINE, 2, 1, 2, 0);
	assert_differs(&lines, "a\n\nb\n", "a", DIFFERENCE_TOO_SHORT, 3, 1, 1, 0);
	assert_differs(&lines, "a", "a\n\nbc\n", DIFFERENCE_TOO_LONG, 1, 0, 3, 2);
}

static void exact_is_exact(void **state)
{
	assert_true(same(&exact, "a \n", "a \n"));
	assert_differs(&exact, "abc", "abd", DIFFERENCE_BYTE, 2, 1, 2, 1);
	assert_differs(&exact, "a\n", "a", DIFFERENCE_TOO_SHORT, 1, 1, 1, 0);
	assert_differs(&exact, "a", "a\n", DIFFERENCE_TOO_LONG, 1, 0, 1, 1);
	assert_differs(&exact, "", "\n", DIFFERENCE_TOO_LONG, 0, 0, 0, 1);
}

static void numbers_are_compared_as_numbers(void **state)
{
	assert_true(same(&floats, "1.0", "1"));
	assert_true(same(&floats, "1", "+1.00e0"));
	assert_true(same(&floats, "0", "-0"));
	assert_true(same(&floats, "100", "1e2"));
	assert_true(same(&floats, "a 0.5 b", "a .5000009 b"));
	assert_true(same(&floats, "1e400", "10e399"));
	assert_differs(&floats, "1 2", "1 2.00001", DIFFERENCE_NUMBER, 2, 1, 2, 7);
}

static void what_is_no_number_is_text(void **state)
{
	assert_true(same(&floats, "nan", "nan"));
	assert_true(same(&floats, "-inf", "-inf"));
	assert_differs(&floats, "nan", "NaN", DIFFERENCE_TOKEN, 0, 3, 0, 3);
	assert_differs(&floats, "1", "nan", DIFFERENCE_TOKEN, 0, 1, 0, 3);
	assert_differs(&floats, "nan", "1", DIFFERENCE_TOKEN, 0, 3, 0, 1);
	assert_differs(&floats, "inf", "1e999", DIFFERENCE_TOKEN, 0, 3, 0, 5);
	assert_differs(&floats, "16", "0x10", DIFFERENCE_TOKEN, 0, 2, 0, 4);
	assert_differs(&floats, "1.5", "1,5", DIFFERENCE_TOKEN, 0, 3, 0, 3);
	assert_differs(&floats, "1", "1\xc2\xa0", DIFFERENCE_TOKEN, 0, 1, 0, 3);
	assert_differs(&floats, "1", "", DIFFERENCE_TOO_SHORT, 0, 1, 0, 0);
	assert_true(same(&floats, "1e99999999999", "1e99999999999"));
	assert_false(same(&floats, "1e99999999999", "10e99999999998"));
}

static void either_tolerance_suffices(void **state)
{
	const struct compare_options both = {.float_abs = {1, -6}, .float_rel = {1, -3}};
	const struct compare_options rel = {.float_rel = {1, -3}};

	assert_true(same(&both, "1000", "1001"));
	assert_true(same(&both, "0", "0.000001"));
	assert_false(same(&both, "1", "1.01"));
	assert_false(same(&rel, "0", "0.000001"));
	assert_true(same(&rel, "0", "-0.0"));
}

/* Differences at every offset around the blocks in which the prefix is skipped. */
static void every_offset(void **state)
{
	char a[10001], b[10001];
	struct difference d;

	for (size_t i = 0; i < sizeof(a); i++)
		a[i] = "abc de\nfg "[i % 10];
	memcpy(b, a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i += 7) {
		b[i] = 'x';
		assert_false(compare_texts(&exact, (struct text){a, sizeof(a)},
					   (struct text){b, sizeof(b)}, &d));
		assert_int_equal(d.found.at, i);
		assert_false(compare_texts(&tokens, (struct text){a, sizeof(a)},
					   (struct text){b, sizeof(b)}, &d));
		assert_true(d.found.at <= i && i <= d.found.at + d.found.length);
		assert_false(compare_texts(&lines, (struct text){a, sizeof(a)},
					   (struct text){b, sizeof(b)}, &d));
		assert_int_equal(d.found.at + d.common, i);
		b[i] = a[i];
	}
}

/* --- a second implementation, as plain as possible, for small texts --- */

static size_t naive_tokens(struct text text, char list[][16])
{
	size_t n = 0, length = 0;

	for (size_t i = 0; i <= text.size; i++) {
		if (i < text.size && !strchr(" \n", text.data[i])) {
			list[n][length++] = text.data[i];
		} else if (length > 0) {
			list[n++][length] = '\0';
			length = 0;
		}
	}
	return n;
}

static size_t naive_lines(struct text text, char list[][16])
{
	size_t n = 0, length = 0;

	for (size_t i = 0; i <= text.size; i++) {
		if (i < text.size && text.data[i] != '\n') {
			list[n][length++] = text.data[i];
			continue;
		}
		while (length > 0 && list[n][length - 1] == ' ')
			length--;
		list[n++][length] = '\0';
		length = 0;
	}
	while (n > 0 && list[n - 1][0] == '\0')
		n--;
	return n;
}

static bool naive_same(size_t (*split)(struct text, char[][16]), struct text a, struct text b)
{
	char x[16][16], y[16][16];
	size_t n = split(a, x), m = split(b, y);

	for (size_t i = 0; i < n && i < m; i++) {
		if (strcmp(x[i], y[i]) != 0)
			return false;
	}
	return n == m;
}

static void agrees_with_the_plain_one(void **state)
{
	unsigned seed = 1;
	int equal = 0;

	for (int i = 0; i < 400000; i++) {
		char a[8], b[8];
		struct text x = {a, (size_t)rand_r(&seed) % sizeof(a)};
		struct text y = {b, (size_t)rand_r(&seed) % sizeof(b)};
		struct difference d;
		bool expected;

		for (size_t j = 0; j < sizeof(a); j++) {
			a[j] = "a \n"[rand_r(&seed) >> 8 & 1 ? 0 : 1 + (rand_r(&seed) >> 8 & 1)];
			b[j] = rand_r(&seed) >> 8 & 3 ? a[j] : "a \n"[(rand_r(&seed) >> 8) % 3];
		}
		expected = naive_same(naive_tokens, x, y);
		equal += expected;
		assert_int_equal(compare_texts(&tokens, x, y, &d), expected);
		assert_int_equal(compare_texts(&floats, x, y, &d), expected);
		expected = naive_same(naive_lines, x, y);
		assert_int_equal(compare_texts(&lines, x, y, &d), expected);
		expected = x.size == y.size && memcmp(a, b, x.size) == 0;
		assert_int_equal(compare_texts(&exact, x, y, &d), expected);
		assert_int_equal(compare_texts(&strict, x, y, &d), expected);
	}
	assert_true(equal > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_ignore_white_space),
		cmocka_unit_test(tokens_say_where),
		cmocka_unit_test(nul_and_bytes_of_no_character_set),
		cmocka_unit_test(case_of_ascii),
		cmocka_unit_test(strict_space_is_every_byte_between),
		cmocka_unit_test(lines_ignore_their_ends),
		cmocka_unit_test(lines_say_where),
		cmocka_unit_test(exact_is_exact),
		cmocka_unit_test(numbers_are_compared_as_numbers),
		cmocka_unit_test(what_is_no_number_is_text),
		cmocka_unit_test(either_tolerance_suffices),
		cmocka_unit_test(every_offset),
		cmocka_unit_test(agrees_with_the_plain_one),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
