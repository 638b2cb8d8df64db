/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What fuzz targets share. A target is one file fuzz-NAME.c with LLVMFuzzerTestOneInput(); its inputs are the
 * files of corpus/NAME/, its words those of NAME.dict if there is one. It states properties, not results.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops at a property that does not hold; libFuzzer then keeps the input. */
#define REQUIRE(property)                 \
	do {                              \
		if (!(property))          \
			__builtin_trap(); \
	} while (0)

/* The input as a string that ends in NUL, in a block of its own so that reading past it is seen. Free it. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* Whether a text is fit for people: not empty, one line, valid UTF-8, no control characters. */
static inline bool fuzz_clean_line(const char *line)
{
	size_t left = strlen(line);

	if (left == 0)
		return false;
	while (left > 0) {
		size_t n = utf8_length(line, left);

		if (n == 0 || (n == 1 && ((unsigned char)*line < 0x20 || *line == 0x7f)))
			return false;
		line += n;
		left -= n;
	}
	return true;
}
