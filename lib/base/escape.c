/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Showing bytes that a stranger chose.
 *
 * File names, program output and thread names end up in terminals, journals and JSON. A newline in one forges a line
 * of a log, an escape sequence rewrites a terminal, a right-to-left override makes "txt.exe" of "exe.txt", and a byte
 * that is not UTF-8 makes a JSON document invalid. So text from outside is shown with all of these as \xNN, and
 * letters of every script as they are.
 *
 * Invariants: the result is one line of valid UTF-8; it is cut only between units (a character or a whole escape); no
 * state is kept between calls, so the same bytes always give the same text.
 */

#include "lib/base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/mem.h"

enum {
	UNIT_BYTES_MAX = 16, /* four bytes as \xNN */
	ELLIPSIS_BYTES = 3,
};

size_t utf8_length(const void *data, size_t n)
{
	const unsigned char *p = data;
	unsigned char low = 0x80, high = 0xbf; /* range of the second byte */
	size_t length;

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (n < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

static uint32_t decode(const unsigned char *p, size_t length)
{
	uint32_t code = length == 2 ? p[0] & 0x1f : length == 3 ? p[0] & 0x0f : p[0] & 0x07;

	for (size_t i = 1; i < length; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

/* Characters that change how their neighbours look, or that nobody sees. */
static bool hides(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0080, 0x009f},   /* C1 controls: terminals obey some of them */
		{0x00ad, 0x00ad},   /* soft hyphen */
		{0x061c, 0x061c},   /* Arabic letter mark */
		{0x200b, 0x200f},   /* zero width, direction marks */
		{0x2028, 0x202e},   /* line and paragraph separators, direction overrides */
		{0x2060, 0x206f},   /* word joiner, direction isolates */
		{0xfe00, 0xfe0f},   /* variation selectors */
		{0xfeff, 0xfeff},   /* byte order mark */
		{0xfff0, 0xffff},   /* specials and noncharacters */
		{0xe0000, 0xe0fff}, /* tags */
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

static size_t escape_hex(char *unit, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		unit[4 * i] = '\\';
		unit[4 * i + 1] = 'x';
		unit[4 * i + 2] = digits[p[i] >> 4];
		unit[4 * i + 3] = digits[p[i] & 0xf];
	}
	return 4 * n;
}

/* The letter after the backslash for bytes that have a short escape, else 0. */
static char short_escape(unsigned char byte)
{
	switch (byte) {
	case '\n':
		return 'n';
	case '\t':
		return 't';
	case '\r':
		return 'r';
	case '\\':
	case '"':
		return (char)byte;
	default:
		return 0;
	}
}

/*
 * Writes what stands for the first character or byte of `p`. Returns its length; *ret_used is how much of `p` it took.
 * Where the text will stand in quotes, what would end or fake the quotation is escaped too.
 */
static size_t escape_unit(char *unit, const unsigned char *p, size_t n, bool quoted,
			  size_t *ret_used)
{
	size_t length = utf8_length(p, n);
	char letter = short_escape(p[0]);

	*ret_used = MAX(length, (size_t)1);
	if (letter && (quoted || p[0] < 0x20)) {
		unit[0] = '\\';
		unit[1] = letter;
		return 2;
	}
	if (length == 0 || (length == 1 && (p[0] < 0x20 || p[0] == 0x7f)))
		return escape_hex(unit, p, 1);
	if (length > 1 && hides(decode(p, length)))
		return escape_hex(unit, p, length);
	memcpy(unit, p, length);
	return length;
}

static size_t escape(char *buffer, size_t size, const void *data, size_t n, bool quoted)
{
	const unsigned char *p = data;
	size_t length = 0;
	size_t cut = 0; /* the last length at which "..." still fits */

	while (n > 0) {
		char unit[UNIT_BYTES_MAX];
		size_t used, unit_length = escape_unit(unit, p, n, quoted, &used);

		if (length + unit_length >= size) {
			memcpy(buffer + cut, "...", ELLIPSIS_BYTES);
			length = cut + ELLIPSIS_BYTES;
			break;
		}
		memcpy(buffer + length, unit, unit_length);
		length += unit_length;
		if (length + ELLIPSIS_BYTES < size)
			cut = length;
		p += used;
		n -= used;
	}
	buffer[length] = '\0';
	return length;
}

size_t escape_bytes(char *buffer, size_t size, const void *data, size_t n)
{
	return escape(buffer, size, data, n, true);
}

size_t escape_line(char *buffer, size_t size, const void *data, size_t n)
{
	return escape(buffer, size, data, n, false);
}

size_t escape_string(char *buffer, size_t size, const char *string)
{
	return escape_bytes(buffer, size, string, strlen(string));
}
