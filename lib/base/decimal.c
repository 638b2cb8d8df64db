/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal numbers as text writes them.
 *
 * strtod(3) obeys a locale, takes hex, "inf" and "nan", rounds, and overflows at 1e308; a judge that compares with it
 * accepts 10000000000000000000001 for 10000000000000000000002 and refuses 1.000001 for 1 with a tolerance of
 * 1e-6. Here a number is its digits. They are not copied and not converted: the struct points into the text, and a
 * digit is found by its power of ten, so a number of a gigabyte costs no memory.
 *
 * Invariants: 10^power has the digit decimal_digit(power) for every power, also far outside of the text; top and bottom are
 * powers of digits that are not 0, or top < bottom for zero, so that two numbers are equal when their signs and all
 * digits are, however they were written.
 */

#include "lib/base/decimal.h"

struct cursor {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool at_one_of(const struct cursor *c, char a, char b)
{
	return c->at < c->end && (*c->at == a || *c->at == b);
}

static size_t take_digits(struct cursor *c, const char **ret_first)
{
	*ret_first = c->at;
	while (c->at < c->end && is_digit(*c->at))
		c->at++;
	return (size_t)(c->at - *ret_first);
}

/* "e" with an optional sign and at least one digit, or nothing. */
static bool take_exponent(struct cursor *c, int64_t *ret_exponent)
{
	const char *digits;
	int64_t value = 0;
	bool negative;
	size_t n;

	*ret_exponent = 0;
	if (!at_one_of(c, 'e', 'E'))
		return true;
	c->at++;
	negative = at_one_of(c, '-', '-');
	if (at_one_of(c, '-', '+'))
		c->at++;
	n = take_digits(c, &digits);
	for (size_t i = 0; i < n; i++) {
		value = value * 10 + (digits[i] - '0');
		if (value > DECIMAL_EXPONENT_MAX)
			return false;
	}
	*ret_exponent = negative ? -value : value;
	return n > 0;
}

static void strip_zeros(struct decimal *d)
{
	while (d->n_whole > 0 && d->whole[0] == '0') {
		d->whole++;
		d->n_whole--;
	}
	while (d->n_fraction > 0 && d->fraction[d->n_fraction - 1] == '0')
		d->n_fraction--;
}

static int64_t find_top(const struct decimal *d)
{
	size_t zeros = 0;

	if (d->n_whole > 0)
		return d->exponent + (int64_t)d->n_whole - 1;
	while (d->fraction[zeros] == '0')
		zeros++;
	return d->exponent - 1 - (int64_t)zeros;
}

static int64_t find_bottom(const struct decimal *d)
{
	size_t zeros = 0;

	if (d->n_fraction > 0)
		return d->exponent - (int64_t)d->n_fraction;
	while (d->whole[d->n_whole - 1 - zeros] == '0')
		zeros++;
	return d->exponent + (int64_t)zeros;
}

bool decimal_parse(const char *text, size_t size, struct decimal *ret)
{
	struct cursor c = {text, text + size};
	struct decimal d = {.negative = at_one_of(&c, '-', '-')};

	if (at_one_of(&c, '-', '+'))
		c.at++;
	d.n_whole = take_digits(&c, &d.whole);
	d.fraction = c.at;
	if (at_one_of(&c, '.', '.')) {
		c.at++;
		d.n_fraction = take_digits(&c, &d.fraction);
	}
	if (d.n_whole + d.n_fraction == 0 || !take_exponent(&c, &d.exponent) || c.at != c.end)
		return false;
	strip_zeros(&d);
	d.top = -1;
	if (d.n_whole + d.n_fraction > 0) {
		d.top = find_top(&d);
		d.bottom = find_bottom(&d);
	}
	*ret = d;
	return true;
}

unsigned decimal_digit(const struct decimal *number, int64_t power)
{
	int64_t place;

	if (power > number->top || power < number->bottom)
		return 0;
	place = power - number->exponent;
	if (place >= 0)
		return (unsigned)(number->whole[(int64_t)number->n_whole - 1 - place] - '0');
	return (unsigned)(number->fraction[-1 - place] - '0');
}

bool decimal_scaled(const struct decimal *number, uint64_t *ret_mantissa, int64_t *ret_exponent)
{
	uint64_t mantissa = 0;

	if (number->top - number->bottom >= DECIMAL_SCALED_DIGITS)
		return false;
	for (int64_t power = number->top; power >= number->bottom; power--)
		mantissa = mantissa * 10 + decimal_digit(number, power);
	*ret_mantissa = mantissa;
	*ret_exponent = number->bottom;
	return true;
}
