/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping: whatever comes in, one line of valid UTF-8 without control or invisible characters comes out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

static void assert_escapes(const char *data, size_t n, const char *expected)
{
	char text[256];
	size_t length = escape_bytes(text, sizeof(text), data, n);

	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static void letters_stay(void **state)
{
	assert_escapes("", 0, "");
	assert_escapes("plain text 1.5", 14, "plain text 1.5");
	assert_escapes("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		       "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void controls_are_spelled(void **state)
{
	assert_escapes("a\nb\tc\rd\\e\"f", 11, "a\\nb\\tc\\rd\\\\e\\\"f");
	assert_escapes("\0\x1b[31m\x7f", 7, "\\x00\\x1b[31m\\x7f");
	assert_escapes("\xc2\x9b", 2, "\\xc2\\x9b"); /* CSI, as terminals read it in UTF-8 */
}

static void what_hides_is_spelled(void **state)
{
	assert_escapes("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");	       /* right-to-left override */
	assert_escapes("\xe2\x80\x8b", 3, "\\xe2\\x80\\x8b");	       /* zero width space */
	assert_escapes("\xe2\x80\xa8", 3, "\\xe2\\x80\\xa8");	       /* line separator */
	assert_escapes("\xf3\xa0\x81\x81", 4, "\\xf3\\xa0\\x81\\x81"); /* a tag */
	assert_escapes("\xef\xbb\xbf"
		       "1",
		       4,
		       "\\xef\\xbb\\xbf"
		       "1"); /* byte order mark */
}

static void what_is_not_utf8_is_spelled(void **state)
{
	assert_escapes("\xff\xfe", 2, "\\xff\\xfe");
	assert_escapes("\xc0\xaf", 2, "\\xc0\\xaf");		       /* overlong slash */
	assert_escapes("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");	       /* surrogate */
	assert_escapes("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	assert_escapes("\xe2\x82", 2, "\\xe2\\x82");		       /* cut short */
	assert_escapes("\xe2\x82"
		       "a",
		       3,
		       "\\xe2\\x82"
		       "a");
}

static void sentences_keep_their_quotes(void **state)
{
	const char sentence[] = "found \"a\\n\", \x1b[31m\n";
	char text[64];

	(void)escape_line(text, sizeof(text), sentence, sizeof(sentence) - 1);
	assert_string_equal(text, "found \"a\\n\", \\x1b[31m\\n");
}

static void cuts_between_units(void **state)
{
	char text[9];

	assert_int_equal(escape_string(text, sizeof(text), "12345678"), 8);
	assert_string_equal(text, "12345678");
	assert_int_equal(escape_string(text, sizeof(text), "123456789"), 8);
	assert_string_equal(text, "12345...");
	(void)escape_string(text, sizeof(text),
			    "1234\xe2\x82\xac"
			    "56789");
	assert_string_equal(text, "1234..."); /* the euro sign would leave no room for the dots */
	(void)escape_bytes(text, sizeof(text), "1\0\0\0", 4);
	assert_string_equal(text, "1\\x00...");
}

static void assert_clean(const char *text, size_t length)
{
	assert_int_equal(strlen(text), length);
	for (size_t i = 0; i < length;) {
		size_t n = utf8_length(text + i, length - i);

		assert_true(n > 0);
		if (n == 1)
			assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
		i += n;
	}
}

static void random_bytes_come_out_clean(void **state)
{
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		unsigned char data[40];
		char text[128];
		size_t n = (size_t)rand_r(&seed) % sizeof(data);
		size_t size = 8 + (size_t)rand_r(&seed) % (sizeof(text) - 8);

		for (size_t i = 0; i < n; i++)
			data[i] = (unsigned char)(rand_r(&seed) >> 7);
		memset(text, 'x', sizeof(text));
		assert_clean(text, escape_bytes(text, size, data, n));
		for (size_t i = size; i < sizeof(text); i++)
			assert_int_equal(text[i], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_stay),
		cmocka_unit_test(controls_are_spelled),
		cmocka_unit_test(what_hides_is_spelled),
		cmocka_unit_test(what_is_not_utf8_is_spelled),
		cmocka_unit_test(sentences_keep_their_quotes),
		cmocka_unit_test(cuts_between_units),
		cmocka_unit_test(random_bytes_come_out_clean),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
