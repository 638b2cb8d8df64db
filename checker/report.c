/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A difference in one line of words.
 *
 * Whoever reads it has seconds to see what is wrong, so it names the place in the output (line and column, as an editor
 * counts) and shows both sides. Long texts are shown from shortly before the byte that differs, since two equal
 * beginnings of 80 bytes explain nothing. The line goes to terminals and into JSON, and the submission chose what is
 * in it: everything shown is escaped.
 *
 * The place is found by counting newlines up to the difference, once, after the comparison: that is linear, and keeps
 * counting out of the comparison itself.
 *
 * Invariant: the result is one line of valid UTF-8 shorter than REPORT_BYTES, whatever the texts are.
 */

#include "checker/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

enum {
	CONTEXT_BYTES = 16, /* shown before the byte that differs */
	ESCAPE_BYTES_MIN = 8,
};

static bool continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

struct place {
	size_t line, column;
};

static struct place place_of(struct text text, size_t at)
{
	struct place place = {1, 1};
	size_t line_start = 0;
	const char *newline;

	while (line_start < at && (newline = memchr(text.data + line_start, '\n', at - line_start))) {
		line_start = (size_t)(newline - text.data) + 1;
		place.line++;
	}
	for (size_t i = line_start; i < at; i++)
		place.column += !continues_character(text.data[i]);
	return place;
}

/* Where to start showing spans whose first `common` bytes are the same: at a character, a little before the end of these. */
static size_t bytes_to_skip(struct text text, struct span span, size_t common)
{
	size_t skip = common > (size_t)2 * CONTEXT_BYTES ? common - CONTEXT_BYTES : 0;

	for (int i = 0; i < 3 && skip > 0 && continues_character(text.data[span.at + skip]); i++)
		skip--;
	return skip;
}

/* A span in quotes, or `absent` when there is nothing to show. */
struct shown {
	char text[REPORT_SHOWN_BYTES + sizeof("\"...\"")];
};

static void show(struct text text, struct span span, size_t skip, const char *absent,
		 struct shown *ret)
{
	char *next = ret->text;

	if (span.length == 0) {
		(void)snprintf(ret->text, sizeof(ret->text), "%s", absent);
		return;
	}
	*next++ = '"';
	if (skip > 0) {
		memcpy(next, "...", 3);
		next += 3;
	}
	next += escape_bytes(next, REPORT_SHOWN_BYTES + 1, text.data + span.at + skip,
			     span.length - skip);
	*next++ = '"';
	*next = '\0';
}

/* ": the difference is over 1e-6 absolute and 1e-9 relative" */
static void describe_tolerances(const struct compare_options *options, char *text, size_t size)
{
	const struct tolerance *abs = &options->float_abs, *rel = &options->float_rel;
	int n = snprintf(text, size, "; they differ by more than ");

	if (abs->mantissa)
		n += snprintf(text + n, size - (size_t)n, "%" PRIu64 "e%" PRId64 " absolute",
			      abs->mantissa, abs->exponent);
	if (rel->mantissa)
		(void)snprintf(text + n, size - (size_t)n, "%s%" PRIu64 "e%" PRId64 " relative",
			       abs->mantissa ? " and " : "", rel->mantissa, rel->exponent);
}

/* What stands around the two sides in the sentence, by kind. */
static const struct phrase {
	const char *before, *absent;
} phrases[] = {
	[DIFFERENCE_TOKEN] = {"", ""},
	[DIFFERENCE_NUMBER] = {"", ""},
	[DIFFERENCE_SPACE] = {"the white space ", "no white space"},
	[DIFFERENCE_LINE] = {"", "an empty line"},
	[DIFFERENCE_BYTE] = {"", ""},
	[DIFFERENCE_TOO_SHORT] = {"", "the end"},
	[DIFFERENCE_TOO_LONG] = {"", "the end"},
};

/* In lines and bytes the place is where they differ, else where the token or the white space begins. */
static size_t place_offset(const struct difference *difference)
{
	if (difference->kind == DIFFERENCE_LINE)
		return difference->found.at + difference->common;
	return difference->found.at;
}

size_t report_difference(const struct compare_options *options, struct text expected,
			 struct text found, const struct difference *difference, char *buffer,
			 size_t size)
{
	const struct phrase *phrase = &phrases[difference->kind];
	struct place place = place_of(found, place_offset(difference));
	size_t skip = bytes_to_skip(found, difference->found, difference->common);
	struct shown want = {0}, have = {0};
	char tail[128] = "";
	int n;

	show(expected, difference->expected, skip, phrase->absent, &want);
	show(found, difference->found, skip, phrase->absent, &have);
	if (difference->kind == DIFFERENCE_NUMBER)
		describe_tolerances(options, tail, sizeof(tail));
	n = snprintf(buffer, size, "line %zu, column %zu: expected %s%s, found %s%s", place.line,
		     place.column, difference->expected.length ? phrase->before : "", want.text,
		     have.text, tail);
	return n < 0 ? 0 : MIN((size_t)n, size - 1);
}
