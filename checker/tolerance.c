/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether two decimal numbers are close enough, exactly, in constant memory and linear time.
 *
 * Both questions have the form: is a sum of terms, each an integer factor times a decimal number times a power of ten,
 * greater than 0? |a - b| <= e*|b| is two of them, (a - b) - e*|b| and (b - a) - e*|b|, with e = mantissa * 10^exponent.
 * Sums are answered as on paper, from the highest power of ten down. `sum` is what the digits so far are worth in units
 * of the current power. All digits that follow are together worth less than one unit of each term: more than
 * -negative and less than +positive units, the totals of the factors of either sign. So as soon as sum >= negative
 * the answer is yes, and as soon as sum <= -positive it is no. Until then |sum| is below 10^18 + 3, which is why 128
 * bits are enough for numbers of any length.
 *
 * Exponents may be far apart (1e999999999 against 1): powers at which no term has a digit are stepped over at once
 * while the sum is 0, and while it is not, each step multiplies it by ten and so ends within 19 steps. So the number of steps
 * is linear in the digits that are really there.
 *
 * Invariant: no rounding anywhere; the answer is that of arithmetic on paper, also on the boundary.
 */

#include "checker/tolerance.h"

#include "lib/base/mem.h"

enum { TERMS_MAX = 3 };

/* factor * 10^shift * |number|. A number that is NULL is 1. */
struct term {
	const struct decimal *number;
	int64_t shift;
	__int128 factor;
};

struct sum {
	struct term terms[TERMS_MAX];
	__int128 positive, negative; /* totals of the factors of either sign, both >= 0 */
};

static const char one_text[] = "1";
static const struct decimal one = {
	.whole = one_text,
	.n_whole = 1,
	.fraction = one_text + 1,
};

/* The highest power <= `from` at which some term may have a digit. False when there is none any more. */
static bool next_power(const struct sum *sum, int64_t from, int64_t *ret_power)
{
	bool any = false;

	for (size_t i = 0; i < TERMS_MAX; i++) {
		const struct term *t = &sum->terms[i];
		int64_t power = MIN(from, t->number->top + t->shift);

		if (power < t->number->bottom + t->shift)
			continue;
		if (!any || power > *ret_power)
			*ret_power = power;
		any = true;
	}
	return any;
}

static __int128 digits_at(const struct sum *sum, int64_t power)
{
	__int128 value = 0;

	for (size_t i = 0; i < TERMS_MAX; i++) {
		const struct term *t = &sum->terms[i];

		value += t->factor * decimal_digit(t->number, power - t->shift);
	}
	return value;
}

/* Whether the sum is greater than 0. */
static bool is_positive(const struct sum *sum)
{
	int64_t power = INT64_MAX, next;
	__int128 value = 0;

	while (next_power(sum, power, &next)) {
		/* Over a gap a sum of 0 stays 0, and any other one is decided within a few steps. */
		if (value != 0 && power != next) {
			value *= 10;
			power--;
		} else {
			value = value * 10 + digits_at(sum, next);
			power = next - 1;
		}
		if (value >= sum->negative && value > 0)
			return true;
		if (value <= -sum->positive && value < 0)
			return false;
	}
	return value > 0;
}

/* Whether sign * (found - expected) - slack > 0; `slack` is a term that is subtracted. */
static bool is_beyond(int sign, const struct decimal *expected, const struct decimal *found,
		      struct term slack)
{
	struct sum sum = {
		.terms =
			{
				{found, 0, found->negative ? -sign : sign},
				{expected, 0, expected->negative ? sign : -sign},
				slack,
			},
	};

	for (size_t i = 0; i < TERMS_MAX; i++) {
		__int128 factor = sum.terms[i].factor;

		if (factor > 0)
			sum.positive += factor;
		else
			sum.negative -= factor;
	}
	return is_positive(&sum);
}

static bool holds(const struct tolerance *tolerance, const struct decimal *scale,
		  const struct decimal *expected, const struct decimal *found)
{
	const struct term slack = {scale, tolerance->exponent, -(__int128)tolerance->mantissa};

	return tolerance->mantissa != 0 && !is_beyond(1, expected, found, slack) &&
	       !is_beyond(-1, expected, found, slack);
}

bool tolerance_holds_abs(const struct tolerance *tolerance, const struct decimal *expected,
			 const struct decimal *found)
{
	return holds(tolerance, &one, expected, found);
}

bool tolerance_holds_rel(const struct tolerance *tolerance, const struct decimal *expected,
			 const struct decimal *found)
{
	return holds(tolerance, expected, expected, found);
}

bool tolerance_parse(const char *text, size_t size, struct tolerance *ret_tolerance)
{
	struct tolerance tolerance;
	struct decimal number;

	if (size == 0 || text[0] < '0' || text[0] > '9' || !decimal_parse(text, size, &number) ||
	    !decimal_scaled(&number, &tolerance.mantissa, &tolerance.exponent) ||
	    tolerance.mantissa == 0)
		return false;
	*ret_tolerance = tolerance;
	return true;
}
