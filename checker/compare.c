/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing an output with the expected answer.
 *
 * The output is hostile: it may be gigabytes long, have no newline, be one token, hold NUL and bytes of no character
 * set. So both texts are byte arrays with a length, each mode is one walk from the front that looks at each byte a fixed
 * number of times and allocates nothing, and white space and letters are those of ASCII whatever the locale is.
 *
 * The modes are those that judges know from the default validators of DOMjudge and Kattis. Tokens are compared as text
 * first; only where that fails and a tolerance is set, and both are decimal numbers, they are compared as numbers. So "nan"
 * agrees with "nan" and with nothing else, and a number agrees with itself under every tolerance.
 *
 * Most outputs agree with the answer to the byte, or for a long way: the prefix that is the same is skipped by memcmp(3),
 * and the walk starts at the last token, line or byte that it holds.
 *
 * Invariants: the verdict depends on the two texts and the options alone; a difference that is reported is the first
 * one, and its spans lie within their texts.
 */

#include "checker/compare.h"

#include <string.h>

#include "lib/base/mem.h"

enum { PREFIX_BLOCK_BYTES = 4096 };

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* How many bytes from the start are the same. */
static size_t common_prefix(struct text a, struct text b, bool ignore_case)
{
	size_t size = MIN(a.size, b.size), n = 0;

	while (size - n >= PREFIX_BLOCK_BYTES &&
	       memcmp(a.data + n, b.data + n, PREFIX_BLOCK_BYTES) == 0)
		n += PREFIX_BLOCK_BYTES;
	while (n < size &&
	       (a.data[n] == b.data[n] || (ignore_case && fold(a.data[n]) == fold(b.data[n]))))
		n++;
	return n;
}

static struct text part(struct text text, struct span span)
{
	return (struct text){text.data + span.at, span.length};
}

/* A text that is walked through: what is before `at` has been compared. */
struct walk {
	struct text text;
	size_t at;
};

static bool at_end(const struct walk *walk)
{
	return walk->at == walk->text.size;
}

static struct span take_space(struct walk *walk)
{
	size_t first = walk->at;

	while (!at_end(walk) && is_space(walk->text.data[walk->at]))
		walk->at++;
	return (struct span){first, walk->at - first};
}

static struct span take_token(struct walk *walk)
{
	size_t first = walk->at;

	while (!at_end(walk) && !is_space(walk->text.data[walk->at]))
		walk->at++;
	return (struct span){first, walk->at - first};
}

/* The next line without its newline and the white space before that. */
static struct span take_line(struct walk *walk)
{
	const char *first = walk->text.data + walk->at;
	const char *newline = memchr(first, '\n', walk->text.size - walk->at);
	struct span line = {walk->at,
			    newline ? (size_t)(newline - first) : walk->text.size - walk->at};

	walk->at += line.length + (newline ? 1 : 0);
	while (line.length > 0 && is_space(first[line.length - 1]))
		line.length--;
	return line;
}

/* The two texts side by side. */
struct walks {
	struct walk expected, found;
};

/* Fills the difference and returns false, so that modes end with `return differ(...)`. */
static bool differ(const struct walks *w, enum difference_kind kind, struct span expected,
		   struct span found, bool ignore_case, struct difference *ret)
{
	*ret = (struct difference){
		.kind = kind,
		.expected = expected,
		.found = found,
		.common = common_prefix(part(w->expected.text, expected),
					part(w->found.text, found), ignore_case),
	};
	return false;
}

static bool spans_agree(const struct walks *w, struct span expected, struct span found,
			bool ignore_case)
{
	return expected.length == found.length &&
	       common_prefix(part(w->expected.text, expected), part(w->found.text, found),
			     ignore_case) == expected.length;
}

/* Whether both are numbers: 1 when they are close enough, 0 when they are not, -1 when they are no numbers. */
static int numbers_agree(const struct compare_options *options, struct text expected,
			 struct text found)
{
	struct decimal a, b;

	if (options->float_abs.mantissa == 0 && options->float_rel.mantissa == 0)
		return -1;
	if (!decimal_parse(expected.data, expected.size, &a) ||
	    !decimal_parse(found.data, found.size, &b))
		return -1;
	return tolerance_holds_abs(&options->float_abs, &a, &b) ||
	       tolerance_holds_rel(&options->float_rel, &a, &b);
}

static bool token_agrees(const struct compare_options *options, const struct walks *w,
			 struct span expected, struct span found, struct difference *ret)
{
	int as_numbers;

	if (spans_agree(w, expected, found, options->ignore_case))
		return true;
	if (found.length == 0)
		return differ(w, DIFFERENCE_TOO_SHORT, expected, found, false, ret);
	if (expected.length == 0)
		return differ(w, DIFFERENCE_TOO_LONG, expected, found, false, ret);
	as_numbers = numbers_agree(options, part(w->expected.text, expected),
				   part(w->found.text, found));
	if (as_numbers > 0)
		return true;
	return differ(w, as_numbers == 0 ? DIFFERENCE_NUMBER : DIFFERENCE_TOKEN, expected, found,
		      options->ignore_case, ret);
}

/* Starts both walks at the last token that begins in the prefix that they share. */
static void skip_common_tokens(struct walks *w)
{
	const char *data = w->expected.text.data;
	size_t n = common_prefix(w->expected.text, w->found.text, false);

	while (n > 0 && is_space(data[n - 1]))
		n--;
	while (n > 0 && !is_space(data[n - 1]))
		n--;
	w->expected.at = w->found.at = n;
}

static bool compare_tokens(const struct compare_options *options, struct walks *w,
			   struct difference *ret)
{
	struct span expected, found;

	skip_common_tokens(w);
	do {
		expected = take_space(&w->expected);
		found = take_space(&w->found);
		if (options->strict_space && !spans_agree(w, expected, found, false))
			return differ(w, DIFFERENCE_SPACE, expected, found, false, ret);
		expected = take_token(&w->expected);
		found = take_token(&w->found);
		if (!token_agrees(options, w, expected, found, ret))
			return false;
	} while (!at_end(&w->expected) || !at_end(&w->found));
	return true;
}

/* Starts both walks at the last line that begins in the prefix that they share. */
static void skip_common_lines(struct walks *w)
{
	const char *data = w->expected.text.data;
	size_t n = common_prefix(w->expected.text, w->found.text, false);

	while (n > 0 && data[n - 1] != '\n')
		n--;
	w->expected.at = w->found.at = n;
}

/* One text has ended. What is left of the other one must be white space; its first line that is not, differs. */
static bool rest_is_blank(struct walks *w, struct difference *ret)
{
	const struct span expected_end = {w->expected.text.size, 0},
			  found_end = {w->found.text.size, 0};

	while (!at_end(&w->expected)) {
		struct span line = take_line(&w->expected);

		if (line.length > 0)
			return differ(w, DIFFERENCE_TOO_SHORT, line, found_end, false, ret);
	}
	while (!at_end(&w->found)) {
		struct span line = take_line(&w->found);

		if (line.length > 0)
			return differ(w, DIFFERENCE_TOO_LONG, expected_end, line, false, ret);
	}
	return true;
}

static bool compare_lines(const struct compare_options *options, struct walks *w,
			  struct difference *ret)
{
	skip_common_lines(w);
	while (!at_end(&w->expected) && !at_end(&w->found)) {
		struct span expected = take_line(&w->expected), found = take_line(&w->found);

		if (!spans_agree(w, expected, found, options->ignore_case))
			return differ(w, DIFFERENCE_LINE, expected, found, options->ignore_case,
				      ret);
	}
	return rest_is_blank(w, ret);
}

static bool compare_exact(const struct compare_options *options _unused_, struct walks *w,
			  struct difference *ret)
{
	size_t n = common_prefix(w->expected.text, w->found.text, false);
	struct span expected = {n, w->expected.text.size - n}, found = {n, w->found.text.size - n};

	if (expected.length == 0 && found.length == 0)
		return true;
	if (found.length == 0)
		return differ(w, DIFFERENCE_TOO_SHORT, expected, found, false, ret);
	if (expected.length == 0)
		return differ(w, DIFFERENCE_TOO_LONG, expected, found, false, ret);
	return differ(w, DIFFERENCE_BYTE, expected, found, false, ret);
}

bool compare_texts(const struct compare_options *options, struct text expected, struct text found,
		   struct difference *ret_difference)
{
	static bool (*const modes[COMPARE_MODE_MAX])(const struct compare_options *, struct walks *,
						     struct difference *) = {
		[COMPARE_TOKENS] = compare_tokens,
		[COMPARE_LINES] = compare_lines,
		[COMPARE_EXACT] = compare_exact,
	};
	struct walks w = {{expected, 0}, {found, 0}};

	return modes[options->mode](options, &w, ret_difference);
}
