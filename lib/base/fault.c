/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: one sentence for a person, made where something went wrong and printed once where it is handled.
 *
 * The text has a fixed size, so that reporting a failure cannot itself fail for want of memory. What a long path
 * pushes out is the end of the sentence, never the system's own reason: that is appended after the cut. A cut never
 * splits a UTF-8 character, since the text goes into JSON and journals. strerrordesc_np(3) is used and not
 * strerror(3): it is thread-safe, untranslated, and links statically.
 */

#include "lib/base/fault.h"

#include <stdio.h>
#include <string.h>

/* Shortens `text` of `length` bytes to at most `max` bytes, at the start of a UTF-8 character. */
static size_t cut_utf8(char *text, size_t length, size_t max)
{
	if (length <= max)
		return length;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	text[max] = '\0';
	return max;
}

static void append_reason(struct fault *fault, size_t length, int error)
{
	const char *known = strerrordesc_np(-error);
	char reason[80];
	size_t n;

	if (known)
		n = (size_t)snprintf(reason, sizeof(reason), ": %s", known);
	else
		n = (size_t)snprintf(reason, sizeof(reason), ": error %d", -error);
	n = MIN(n, sizeof(reason) - 1);
	length = cut_utf8(fault->text, length, sizeof(fault->text) - 1 - n);
	memcpy(fault->text + length, reason, n + 1);
}

_printf_(4, 0) static size_t
	fill(struct fault *fault, int error, const char *layer, const char *format, va_list args)
{
	/* One byte more than is kept, so that a cut sees whether it would split a character. */
	char text[sizeof(fault->text) + 1];
	int n = vsnprintf(text, sizeof(text), format, args);
	size_t length = n < 0 ? 0 : MIN((size_t)n, sizeof(text) - 1);

	length = cut_utf8(text, length, sizeof(fault->text) - 1);
	memcpy(fault->text, text, length);
	fault->text[length] = '\0';
	(void)snprintf(fault->layer, sizeof(fault->layer), "%s", layer);
	fault->error = error;
	return length;
}

int fault_set(struct fault *fault, int error, const char *layer, const char *format, ...)
{
	va_list args;
	size_t length;

	if (!fault)
		return error;
	va_start(args, format);
	length = fill(fault, error, layer, format, args);
	va_end(args);
	if (error < 0)
		append_reason(fault, length, error);
	return error;
}

int fault_say(struct fault *fault, int error, const char *layer, const char *format, ...)
{
	va_list args;

	if (!fault)
		return error;
	va_start(args, format);
	(void)fill(fault, error, layer, format, args);
	va_end(args);
	return error;
}
