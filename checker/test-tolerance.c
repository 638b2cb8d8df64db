/* SPDX-License-Identifier: Apache-2.0 */
/* Tolerances: exact on the boundary, at every size of number, against integer arithmetic as the oracle. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "checker/tolerance.h"
#include "lib/base/mem.h"

static struct tolerance tolerance_of(const char *text)
{
	struct tolerance tolerance;

	if (!tolerance_parse(text, strlen(text), &tolerance))
		fail_msg("\"%s\" is a tolerance", text);
	return tolerance;
}

static struct decimal decimal_of(const char *text)
{
	struct decimal number;

	if (!decimal_parse(text, strlen(text), &number))
		fail_msg("\"%s\" is a number", text);
	return number;
}

static bool holds_abs(const char *tolerance, const char *expected, const char *found)
{
	struct tolerance t = tolerance_of(tolerance);
	struct decimal a = decimal_of(expected), b = decimal_of(found);

	assert_int_equal(tolerance_holds_abs(&t, &a, &b), tolerance_holds_abs(&t, &b, &a));
	return tolerance_holds_abs(&t, &a, &b);
}

static bool holds_rel(const char *tolerance, const char *expected, const char *found)
{
	struct tolerance t = tolerance_of(tolerance);
	struct decimal a = decimal_of(expected), b = decimal_of(found);

	return tolerance_holds_rel(&t, &a, &b);
}

static void boundary_is_inside(void **state)
{
	assert_true(holds_abs("1e-6", "1", "1.000001"));
	assert_true(holds_abs("1e-6", "1", "0.999999"));
	assert_false(holds_abs("1e-6", "1", "1.0000010000000000000000000000000000000000001"));
	assert_false(holds_abs("1e-6", "1", "0.99999899999999999999999999999999999999999"));
	assert_true(holds_abs("0.1", "0.3", "0.2")); /* false in doubles */
	assert_true(holds_rel("1e-6", "1000000", "1000001"));
	assert_true(holds_rel("1e-6", "1000000", "999999"));
	assert_false(holds_rel("1e-6", "1000000", "1000001.0000000001"));
	assert_false(holds_rel("1e-6", "999999", "1000000"));
}

static void signs(void **state)
{
	assert_true(holds_abs("1e-9", "0", "-0"));
	assert_true(holds_abs("1e-9", "+5", "5.0"));
	assert_false(holds_abs("1", "5", "-5"));
	assert_true(holds_abs("10", "5", "-5"));
	assert_false(holds_abs("9.999", "5", "-5"));
	assert_true(holds_abs("1e-6", "-1", "-1.000001"));
	assert_false(holds_abs("1e-6", "-1", "1.000001"));
	assert_true(holds_rel("0.1", "-10", "-11"));
	assert_false(holds_rel("0.1", "-10", "-11.5"));
	assert_true(holds_rel("2", "-10", "10"));
}

static void zero_expected(void **state)
{
	assert_true(holds_rel("1e-6", "0", "0.000"));
	assert_false(holds_rel("1e-6", "0", "1e-300"));
	assert_true(holds_abs("1e-6", "0", "1e-300"));
	assert_true(holds_abs("1e-6", "0", "-1e-6"));
	assert_false(holds_abs("1e-6", "0", "-1.1e-6"));
}

static void beyond_every_double(void **state)
{
	assert_true(holds_abs("1e-9", "1e400", "10e399"));
	assert_false(holds_abs("1e-9", "1e400", "2e400"));
	assert_true(holds_rel("1e-3", "1e400", "1.001e400"));
	assert_false(holds_rel("1e-3", "1e400", "1.0011e400"));
	assert_true(holds_abs("1e-9", "1e-400", "2e-400"));
	assert_false(holds_rel("0.5", "1e-400", "2e-400"));
	assert_false(holds_abs("1e-9", "10000000000000000000000000001",
			       "10000000000000000000000000002"));
	assert_true(holds_rel("1e-9", "10000000000000000000000000001",
			      "10000000000000000000000000002"));
}

/* Far exponents must not be walked through power by power. */
static void gaps_cost_nothing(void **state)
{
	for (int i = 0; i < 1000; i++) {
		assert_false(holds_abs("1e-6", "1e999999999", "1"));
		assert_false(holds_abs("1", "1e999999999", "-1e-999999999"));
		assert_true(holds_abs("1", "1e-999999999", "1"));
		assert_true(holds_abs("1e999999999", "1", "2e-999999999"));
		assert_true(holds_rel("1e-999999999", "1e999999999", "1e999999999"));
		assert_false(holds_rel("1e-999999999", "1e999999999", "1000000001e999999990"));
		assert_true(holds_abs("1", "123456789e999999990", "123456789e999999990"));
	}
}

static void parses_only_tolerances(void **state)
{
	static const char *const bad[] = {
		"",    "0",   "0.0", "0e9", "-1", "+1", ".5",
		"nan", "inf", "1e",  "0x1", " 1", "1 ", "1.0000000000000000001"};
	struct tolerance t = {7, 7};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(tolerance_parse(bad[i], strlen(bad[i]), &t));
	assert_int_equal(t.mantissa, 7);
	t = tolerance_of("0.0010");
	assert_int_equal(t.mantissa, 1);
	assert_int_equal(t.exponent, -3);
}

static void not_set_never_holds(void **state)
{
	const struct tolerance none = {0};
	struct decimal a = decimal_of("1");

	assert_false(tolerance_holds_abs(&none, &a, &a));
	assert_false(tolerance_holds_rel(&none, &a, &a));
}

static uint64_t state_of_random = 88172645463325252;

static uint64_t random_below(uint64_t n)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return state_of_random % n;
}

/* A random number as text, and its value in units of 10^-8. */
static __int128 random_number(char *text, size_t size, bool with_sign)
{
	bool negative = with_sign && random_below(2);
	uint64_t range = UINT64_C(1) << random_below(20), mantissa = random_below(range);
	int exponent = (int)random_below(9) - 8;
	__int128 value = mantissa;

	(void)snprintf(text, size, "%s%llue%d", negative ? "-" : "", (unsigned long long)mantissa,
		       exponent);
	for (int i = -8; i < exponent; i++)
		value *= 10;
	return negative ? -value : value;
}

static __int128 absolute(__int128 value)
{
	return value < 0 ? -value : value;
}

static void agrees_with_integers(void **state)
{
	int inside = 0;

	for (int i = 0; i < 300000; i++) {
		char a[64], b[64], e[64];
		__int128 va = random_number(a, sizeof(a), true),
			 vb = random_number(b, sizeof(b), true);
		__int128 ve = random_number(e, sizeof(e), false), distance;
		bool abs, rel;

		if (ve == 0)
			continue;
		if (random_below(4) == 0) { /* on the boundary or next to it */
			vb = va + ve + (__int128)random_below(3) - 1;
			(void)snprintf(b, sizeof(b), "%s%llue-8", vb < 0 ? "-" : "",
				       (unsigned long long)absolute(vb));
		}
		distance = absolute(va - vb);
		abs = distance <= ve;
		rel = distance * 100000000 <= ve * absolute(va);
		if (holds_abs(e, a, b) != abs || holds_rel(e, a, b) != rel)
			fail_msg("expected %s found %s tolerance %s: abs %d rel %d", a, b, e, abs,
				 rel);
		inside += abs;
	}
	assert_true(inside > 10000);
}

/* Numbers of a million digits, equal but for the last one. */
static void long_numbers(void **state)
{
	const size_t n = 1 << 20;
	_cleanup_free_ char *a = malloc(n + 1), *b = malloc(n + 1);

	memset(a, '3', n);
	a[1] = '.';
	a[n] = '\0';
	memcpy(b, a, n + 1);
	b[n - 1] = '4';
	assert_false(holds_abs("1e-1048575", a, b)); /* 3.33...: the last digit is worth 1e-1048574 */
	assert_true(holds_abs("1e-1048574", a, b));
	assert_true(holds_rel("1e-1048574", a, b));
	assert_false(holds_rel("2e-1048575", a, b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boundary_is_inside),  cmocka_unit_test(signs),
		cmocka_unit_test(zero_expected),       cmocka_unit_test(beyond_every_double),
		cmocka_unit_test(gaps_cost_nothing),   cmocka_unit_test(parses_only_tolerances),
		cmocka_unit_test(not_set_never_holds), cmocka_unit_test(agrees_with_integers),
		cmocka_unit_test(long_numbers),
	};

	return cmocka_run_group_tests_name("tolerance", tests, NULL, NULL);
}
