/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Decimal numbers as text writes them, exactly: no double, no locale, no limit on the number of digits. The digits stay
 * in the text and are looked up by their power of ten.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DECIMAL_EXPONENT_MAX =
		999999999, /* of the "e" part; sums of positions then stay far from overflow */
	DECIMAL_SCALED_DIGITS = 18, /* 10^18 fits 64 bits, ten times that fits 128 with room */
};

/* A number that was read from a text, which must stay where it is as long as the number is used. */
struct decimal {
	bool negative;
	const char *whole,
		*fraction; /* digits before the point without leading, behind it without trailing zeros */
	size_t n_whole, n_fraction;
	int64_t exponent; /* what stands behind the "e" */
	int64_t top,
		bottom; /* powers of ten of the first and the last digit that is not 0; top < bottom for zero */
};

/*
 * Reads all `size` bytes as a number: an optional sign, digits with at most one point among, before or behind them,
 * and an optional exponent. True, or false when they are anything else ("nan", "inf", "0x1p3", "1e", "") or when the
 * exponent is beyond DECIMAL_EXPONENT_MAX. Linear in `size`.
 */
bool decimal_parse(const char *text, size_t size, struct decimal *ret);

/* The digit (0..9) that stands for 10^power; 0 outside [bottom, top]. */
unsigned decimal_digit(const struct decimal *number, int64_t power);

/*
 * The absolute value as mantissa * 10^exponent, without trailing zeros in the mantissa. False when it has more than
 * DECIMAL_SCALED_DIGITS digits.
 */
bool decimal_scaled(const struct decimal *number, uint64_t *ret_mantissa, int64_t *ret_exponent);
