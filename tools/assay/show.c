/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A submission chooses the bytes of its output, of its process names and of what the compiler prints about it. Shown as
 * they are, they could move the cursor over a verdict, set the window's title, answer queries into the shell's
 * input, or, by bidirectional controls, make source lines read differently from what was compiled (CVE-2021-42574). So
 * nothing from a sandbox reaches a terminal but through here.
 *
 * lib/base/escape.h knows which characters are safe and spells one line into a buffer. Output and diagnostics have
 * many lines of any length, and full of quotes; so printable ASCII is passed on in spans, and only what is left is
 * handed to the escapes one character at a time.
 *
 * Invariants: what show_write() writes has no byte below 0x20 but \n and \t (neither in SHOW_LINE), no DEL, no C1
 * control and is well-formed UTF-8; what show_replace() returns is well-formed UTF-8 and equal to its input where that was.
 */

#include "tools/assay/show.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

enum { UNIT_BYTES = 32 }; /* one character as escape_bytes() spells it, at most 4 x "\xNN" */

static bool is_plain(char c, enum show_mode mode)
{
	return (c >= 0x20 && c < 0x7F) || (mode == SHOW_TEXT && (c == '\n' || c == '\t'));
}

static size_t plain_span(const char *data, size_t size, enum show_mode mode)
{
	size_t n = 0;

	while (n < size && is_plain(data[n], mode))
		n++;
	return n;
}

void show_write(FILE *stream, const char *data, size_t size, enum show_mode mode)
{
	for (size_t at = 0; at < size;) {
		char unit[UNIT_BYTES];
		size_t plain = plain_span(data + at, size - at, mode);

		(void)fwrite(data + at, 1, plain, stream);
		at += plain;
		if (at == size)
			break;
		size_t length = MAX(utf8_length(data + at, size - at), (size_t)1);
		(void)fwrite(unit, 1, escape_bytes(unit, sizeof(unit), data + at, length), stream);
		at += length;
	}
}

char *show_copy(const char *data, size_t size, enum show_mode mode)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	show_write(stream, data, size, mode);
	bool failed = ferror(stream);
	if (fclose(stream) != 0 || failed)
		return NULL;
	return TAKE_PTR(text);
}

int show_replace(const char *data, size_t size, char **ret_text, size_t *ret_size)
{
	size_t length = 0;
	char *text = size < SIZE_MAX / 3 ? malloc(size * strlen(REPLACEMENT) + 1) : NULL;

	if (!text)
		return -ENOMEM;
	for (size_t at = 0; at < size;) {
		size_t good = utf8_length(data + at, size - at);
		size_t n = good ? good : strlen(REPLACEMENT);

		memcpy(text + length, good ? data + at : REPLACEMENT, n);
		length += n;
		at += good ? good : 1;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_size = length;
	return 0;
}

size_t show_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((uint8_t)*text & 0xC0) != 0x80;
	return columns;
}
