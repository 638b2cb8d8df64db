/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escaping. The first byte is the size of the buffer, the rest is what a stranger chose. The text is clean, ends within the
 * buffer, and is not cut when it fits.
 */

#include "lib/base/mem.h"
#include "tests/fuzz/fuzz.h"

static void check(size_t (*escape)(char *, size_t, const void *, size_t), const uint8_t *data,
		  size_t size, size_t room)
{
	_cleanup_free_ char *text = malloc(room), *whole = malloc(4 * size + 8);
	size_t n, n_whole;

	REQUIRE(text && whole);
	n = escape(text, room, data, size);
	n_whole = escape(whole, 4 * size + 8, data, size);
	REQUIRE(n < room && strlen(text) == n && strlen(whole) == n_whole);
	REQUIRE(n == 0 || fuzz_clean_line(text));
	REQUIRE(n_whole == 0 || fuzz_clean_line(whole));
	if (n_whole < room) {
		REQUIRE(strcmp(text, whole) == 0);
	} else {
		REQUIRE(n >= 3 && strcmp(text + n - 3, "...") == 0);
		REQUIRE(strncmp(text, whole, n - 3) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	check(escape_bytes, data + 1, size - 1, 8 + (size_t)data[0]);
	check(escape_line, data + 1, size - 1, 8 + (size_t)data[0]);
	return 0;
}
