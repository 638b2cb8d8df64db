/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How far two numbers may be apart. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/decimal.h"

/* mantissa * 10^exponent, exactly. Mantissa 0: not set. */
struct tolerance {
	uint64_t mantissa; /* below 10^18 */
	int64_t exponent;
};

/*
 * Reads a positive decimal number of at most 18 digits that starts with a digit. False when it is something else; the
 * tolerance is then unchanged.
 */
bool tolerance_parse(const char *text, size_t size, struct tolerance *ret_tolerance);

/* Whether |found - expected| <= tolerance, exactly. False when the tolerance is not set. */
bool tolerance_holds_abs(const struct tolerance *tolerance, const struct decimal *expected,
			 const struct decimal *found);

/* Whether |found - expected| <= tolerance * |expected|, exactly. False when the tolerance is not set. */
bool tolerance_holds_rel(const struct tolerance *tolerance, const struct decimal *expected,
			 const struct decimal *found);
