/* SPDX-License-Identifier: Apache-2.0 */

/* The invariants of show.c: on ordinary and hostile text by example, and on every pair of bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"
#include "tools/assay/show.h"

static void shows(const char *data, size_t size, enum show_mode mode, const char *expected)
{
	_cleanup_free_ char *text = show_copy(data, size, mode);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

#define SHOWS(literal, mode, expected) shows(literal, sizeof(literal) - 1, mode, expected)

static void test_ordinary_text_stays(void **state)
{
	SHOWS("", SHOW_LINE, "");
	SHOWS("C:\\dir \"x\" ~", SHOW_LINE, "C:\\dir \"x\" ~");
	SHOWS("na\xC3\xAFve \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80", SHOW_LINE,
	      "na\xC3\xAFve \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80");
	SHOWS("a\n\tb\n", SHOW_TEXT, "a\n\tb\n");
}

static void test_what_a_terminal_obeys_is_spelled(void **state)
{
	SHOWS("a\n\tb", SHOW_LINE, "a\\n\\tb");
	SHOWS("\x1B]0;title\a", SHOW_TEXT, "\\x1b]0;title\\x07");
	SHOWS("over\rwrite", SHOW_TEXT, "over\\rwrite");
	SHOWS("nul\0end\x7F", SHOW_TEXT, "nul\\x00end\\x7f");
	SHOWS("\xC2\x9B"
	      "31m",
	      SHOW_TEXT, "\\xc2\\x9b31m");
}

static void test_what_reorders_or_hides_is_spelled(void **state)
{
	SHOWS("\xE2\x80\xAE"
	      "evil",
	      SHOW_TEXT, "\\xe2\\x80\\xaeevil");
	SHOWS("\xE2\x80\x8B", SHOW_TEXT, "\\xe2\\x80\\x8b");
}

static void test_bytes_that_are_not_utf8_are_spelled(void **state)
{
	SHOWS("\xFF\x80", SHOW_TEXT, "\\xff\\x80");
	SHOWS("a\xE2\x82", SHOW_TEXT, "a\\xe2\\x82");
	SHOWS("\xED\xA0\x80", SHOW_TEXT, "\\xed\\xa0\\x80");
}

static void test_replacement(void **state)
{
	_cleanup_free_ char *text = NULL;
	static const char data[] = "a\0\xC3\xA9\xFF\xE2\x82"
				   "z";
	static const char expected[] = "a\0\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz";
	size_t size = 0;

	assert_int_equal(show_replace(data, sizeof(data) - 1, &text, &size), 0);
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(text, expected, sizeof(expected));
}

static void assert_well_formed(const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t n = utf8_length(text + at, size - at);

		assert_true(n > 0);
		at += n;
	}
}

static void assert_harmless(const char *text)
{
	assert_well_formed(text, strlen(text));
	for (; *text; text++) {
		assert_true((uint8_t)*text >= 0x20);
		assert_true((uint8_t)*text != 0x7F);
	}
}

/* Every string of two bytes, followed by nothing, by a continuation and by a letter. */
static void test_every_pair_of_bytes(void **state)
{
	static const char tails[][3] = {"", "\x80", "\xBF\x80", "a"};

	for (unsigned pair = 0; pair < 0x10000; pair++) {
		for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
			char data[4] = {(char)(pair >> 8), (char)(pair & 0xFF)};
			size_t size = 2 + strlen(tails[i]), length = 0;
			_cleanup_free_ char *shown = NULL, *text = NULL;

			memcpy(data + 2, tails[i], strlen(tails[i]));
			shown = show_copy(data, size, SHOW_LINE);
			assert_non_null(shown);
			assert_harmless(shown);
			assert_int_equal(show_replace(data, size, &text, &length), 0);
			assert_well_formed(text, length);
		}
	}
}

static void test_columns(void **state)
{
	assert_int_equal(show_columns(""), 0);
	assert_int_equal(show_columns("na\xC3\xAFve"), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary_text_stays),
		cmocka_unit_test(test_what_a_terminal_obeys_is_spelled),
		cmocka_unit_test(test_what_reorders_or_hides_is_spelled),
		cmocka_unit_test(test_bytes_that_are_not_utf8_are_spelled),
		cmocka_unit_test(test_replacement),
		cmocka_unit_test(test_every_pair_of_bytes),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
