/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's comparison. The input is the expected answer, a line "---" and the output; without that line both are
 * the whole input. Every combination of options is run on it: a text agrees with itself, a difference lies within the
 * texts and has a clean line of words, and what a strict mode accepts, a laxer one accepts.
 */

#include "checker/compare.h"
#include "checker/report.h"
#include "lib/base/mem.h"
#include "tests/fuzz/fuzz.h"

static const char separator[] = "\n---\n";

static const struct compare_options tokens = {.mode = COMPARE_TOKENS};
static const struct compare_options lines = {.mode = COMPARE_LINES};
static const struct compare_options exact = {.mode = COMPARE_EXACT};
static const struct compare_options strict = {.mode = COMPARE_TOKENS, .strict_space = true};
static const struct compare_options caseless = {.mode = COMPARE_TOKENS, .ignore_case = true};
static const struct compare_options caseless_lines = {.mode = COMPARE_LINES, .ignore_case = true};
static const struct compare_options abs_small = {.float_abs = {1, -6}};
static const struct compare_options abs_large = {.float_abs = {2, 3}};
static const struct compare_options rel_small = {.float_rel = {123456789, -15}};
static const struct compare_options both = {.float_abs = {1, -6}, .float_rel = {123456789, -15}};

static void check_span(struct text text, struct span span, size_t common)
{
	REQUIRE(span.at <= text.size);
	REQUIRE(span.length <= text.size - span.at);
	REQUIRE(common <= span.length);
}

static bool same(const struct compare_options *options, struct text a, struct text b)
{
	struct difference d;
	char line[REPORT_BYTES];

	REQUIRE(compare_texts(options, a, a, &d));
	if (compare_texts(options, a, b, &d))
		return true;
	check_span(a, d.expected, d.common);
	check_span(b, d.found, d.common);
	REQUIRE(report_difference(options, a, b, &d, line, sizeof(line)) < sizeof(line));
	REQUIRE(fuzz_clean_line(line));
	return false;
}

static void check_implications(struct text a, struct text b)
{
	bool by_tokens = same(&tokens, a, b), by_lines = same(&lines, a, b);
	bool by_abs = same(&abs_small, a, b), by_rel = same(&rel_small, a, b);

	REQUIRE(same(&exact, a, b) == (a.size == b.size && memcmp(a.data, b.data, a.size) == 0));
	REQUIRE(same(&exact, a, b) == same(&strict, a, b));
	REQUIRE(!same(&exact, a, b) || by_lines);
	REQUIRE(!by_lines || (by_tokens && same(&caseless_lines, a, b)));
	REQUIRE(!by_tokens || (same(&caseless, a, b) && by_abs && by_rel));
	REQUIRE(!by_abs || (same(&abs_large, a, b) && same(&both, a, b)));
	REQUIRE(!by_rel || same(&both, a, b));
	REQUIRE(by_abs == same(&abs_small, b, a));
	REQUIRE(by_tokens == same(&tokens, b, a) && by_lines == same(&lines, b, a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t n = strlen(separator);
	const char *cut = memmem(data, size, separator, n);
	size_t before = cut ? (size_t)(cut - (const char *)data) : size;
	size_t after = cut ? size - before - n : size;
	_cleanup_free_ char *a = malloc(MAX(before, (size_t)1)), *b = malloc(MAX(after, (size_t)1));

	REQUIRE(a && b);
	if (size > 0) {
		memcpy(a, data, before);
		memcpy(b, data + size - after, after);
	}
	check_implications((struct text){a, before}, (struct text){b, after});
	return 0;
}
