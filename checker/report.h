/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A difference in one line of words. */

#include <stddef.h>

#include "checker/compare.h"

enum {
	REPORT_SHOWN_BYTES = 80, /* of the expected and of the found text, escaped */
	REPORT_BYTES = 448,	 /* a whole line fits, and it fits the message of a result */
};

/*
 * Writes what differs and where: `line 3, column 5: expected "42", found "43"`. Lines and columns are those of the output and
 * count from 1; a column is a character of UTF-8. Valid UTF-8 on one line without newline, ended with NUL. Returns
 * the length. `size` is at least REPORT_BYTES.
 */
size_t report_difference(const struct compare_options *options, struct text expected,
			 struct text found, const struct difference *difference, char *buffer,
			 size_t size);
