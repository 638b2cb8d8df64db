/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers: what is one, and that every way of writing one gives the same digits. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/base/decimal.h"
#include "lib/base/mem.h"

static struct decimal parse(const char *text)
{
	struct decimal d;

	if (!decimal_parse(text, strlen(text), &d))
		fail_msg("\"%s\" is a number", text);
	return d;
}

static void assert_scaled(const char *text, bool negative, uint64_t mantissa, int64_t exponent)
{
	struct decimal d = parse(text);
	uint64_t m = 0;
	int64_t e = 0;

	assert_true(decimal_scaled(&d, &m, &e));
	if (d.negative != negative || m != mantissa || (m != 0 && e != exponent))
		fail_msg("\"%s\": %d %llu e%lld", text, d.negative, (unsigned long long)m,
			 (long long)e);
}

static void numbers(void **state)
{
	assert_scaled("0", false, 0, 0);
	assert_scaled("7", false, 7, 0);
	assert_scaled("+5", false, 5, 0);
	assert_scaled("-5", true, 5, 0);
	assert_scaled("1.5", false, 15, -1);
	assert_scaled(".5", false, 5, -1);
	assert_scaled("5.", false, 5, 0);
	assert_scaled("1e3", false, 1, 3);
	assert_scaled("1E+3", false, 1, 3);
	assert_scaled("12.50e-3", false, 125, -4);
	assert_scaled("1e400", false, 1, 400);
	assert_scaled("1e999999999", false, 1, 999999999);
	assert_scaled("1e-999999999", false, 1, -999999999);
	assert_scaled("123456789012345678", false, 123456789012345678, 0);
}

static void zeros_do_not_matter(void **state)
{
	assert_scaled("000120.03400e0", false, 120034, -3);
	assert_scaled("1000", false, 1, 3);
	assert_scaled("0.001", false, 1, -3);
	assert_scaled("00.0010e000000000000000000000000002", false, 1, -1);
	assert_scaled("-0", true, 0, 0);
	assert_scaled("0e999999999", false, 0, 0);
	assert_scaled("0.0", false, 0, 0);
	assert_scaled(".0e-5", false, 0, 0);
}

static void not_numbers(void **state)
{
	static const char *const bad[] = {"",
					  "+",
					  "-",
					  ".",
					  "+.",
					  "e5",
					  ".e5",
					  "1e",
					  "1e+",
					  "1e-",
					  "--1",
					  "+-1",
					  "1-",
					  "1.2.3",
					  "1..2",
					  "1,5",
					  "1 ",
					  " 1",
					  "1e5e5",
					  "1e1.5",
					  "nan",
					  "inf",
					  "-inf",
					  "infinity",
					  "0x10",
					  "0x1p3",
					  "1f",
					  "1_0",
					  "1'0",
					  "1e1000000000",
					  "1e-1000000000",
					  "1e99999999999999999999999999",
					  "\xd9\xa1",
					  "1\xff"};
	struct decimal d = {.top = 99};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (decimal_parse(bad[i], strlen(bad[i]), &d))
			fail_msg("\"%s\" is no number", bad[i]);
	}
	assert_false(decimal_parse("1\0", 2, &d));
	assert_int_equal(d.top, 99);
}

static void only_the_given_bytes_are_read(void **state)
{
	struct decimal d;

	assert_true(decimal_parse("12345", 2, &d));
	assert_int_equal(d.top, 1);
	assert_true(decimal_parse("1e5", 1, &d));
	assert_false(decimal_parse("1e5", 2, &d));
	assert_false(decimal_parse(NULL, 0, &d));
}

static void digits_by_power(void **state)
{
	struct decimal d = parse("120.034e2");
	static const unsigned expected[] = {4, 3, 0, 0, 2, 1}; /* 12003.4 */

	for (int i = 0; i < 6; i++)
		assert_int_equal(decimal_digit(&d, i - 1), expected[i]);
	assert_int_equal(d.top, 4);
	assert_int_equal(d.bottom, -1);
	assert_int_equal(decimal_digit(&d, 5), 0);
	assert_int_equal(decimal_digit(&d, -2), 0);
	assert_int_equal(decimal_digit(&d, INT64_MAX), 0);
	assert_int_equal(decimal_digit(&d, INT64_MIN), 0);
	d = parse("0");
	assert_true(d.top < d.bottom);
	assert_int_equal(decimal_digit(&d, 0), 0);
}

static void scaled_has_18_digits(void **state)
{
	struct decimal d = parse("1234567890123456789");
	uint64_t mantissa = 7;
	int64_t exponent = 7;

	assert_false(decimal_scaled(&d, &mantissa, &exponent));
	assert_int_equal(mantissa, 7);
	assert_scaled("999999999999999999", false, 999999999999999999, 0);
	assert_scaled("0.00000000000000000000000000000000000012", false, 12, -38);
	d = parse("1.0000000000000000000000000001");
	assert_false(decimal_scaled(&d, &mantissa, &exponent));
}

static void a_long_number(void **state)
{
	const size_t n = 1 << 20;
	_cleanup_free_ char *text = malloc(n);
	struct decimal d;

	memset(text, '9', n);
	text[n / 2] = '.';
	assert_true(decimal_parse(text, n, &d));
	assert_int_equal(d.top, n / 2 - 1);
	assert_int_equal(d.bottom, -(int64_t)(n / 2 - 1));
	assert_int_equal(decimal_digit(&d, d.top), 9);
	assert_int_equal(decimal_digit(&d, d.bottom), 9);
	memset(text, '0', n);
	text[n - 1] = '7';
	assert_true(decimal_parse(text, n, &d));
	assert_int_equal(d.top, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),	   cmocka_unit_test(zeros_do_not_matter),
		cmocka_unit_test(not_numbers),	   cmocka_unit_test(only_the_given_bytes_are_read),
		cmocka_unit_test(digits_by_power), cmocka_unit_test(scaled_has_18_digits),
		cmocka_unit_test(a_long_number),
	};

	return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
