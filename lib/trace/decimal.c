/* SPDX-License-Identifier: Apache-2.0 */

/*
 * printf(3) reads its format anew for every number. An export of a long trace is a few dozen numbers an event, so half of its time
 * went there.
 */

#include "lib/trace/decimal.h"

#include <stddef.h>

enum { DIGITS_MAX = 20 };

/* Writes the digits so that they end before `end`; where they begin. */
static char *spell(char *end, uint64_t number)
{
	do {
		*--end = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return end;
}

static void put(FILE *stream, const char *before, const char *digits, const char *end)
{
	(void)fputs(before, stream);
	(void)fwrite(digits, 1, (size_t)(end - digits), stream);
}

void decimal_put(FILE *stream, const char *before, uint64_t number)
{
	char digits[DIGITS_MAX], *end = digits + sizeof(digits);

	put(stream, before, spell(end, number), end);
}

void decimal_put_signed(FILE *stream, const char *before, int64_t number)
{
	char digits[DIGITS_MAX + 1], *end = digits + sizeof(digits);
	/* The smallest number has no positive counterpart but as an unsigned one. */
	char *at = spell(end, number < 0 ? -(uint64_t)number : (uint64_t)number);

	if (number < 0)
		*--at = '-';
	put(stream, before, at, end);
}

void decimal_put_thousandths(FILE *stream, const char *before, uint64_t thousandths)
{
	char digits[DIGITS_MAX + 1], *end = digits + sizeof(digits), *at = end;
	uint64_t rest = thousandths % 1000;

	for (unsigned int i = 0; i < 3; i++, rest /= 10)
		*--at = (char)('0' + rest % 10);
	*--at = '.';
	put(stream, before, spell(at, thousandths / 1000), end);
}
