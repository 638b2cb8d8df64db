/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text from untrusted programs, made fit for a terminal or for JSON. One line into a buffer: lib/base/escape.h. */

#include <stddef.h>
#include <stdio.h>

enum show_mode {
	SHOW_TEXT, /* newlines and tabs stay: several lines */
	SHOW_LINE, /* they are spelled too: a field of a table, a message */
};

/*
 * Writes `size` bytes to `stream` such that a terminal only shows them: what it would act on, what reorders or hides text, and
 * bytes that are not UTF-8 are spelled (\n, \xNN). Printable text stays as it is, quotes and backslashes included: the
 * result is for people, and cannot be turned back. Errors are left in the stream's error flag.
 */
void show_write(FILE *stream, const char *data, size_t size, enum show_mode mode);

/* The same into a new string that the caller frees; NULL when there is no memory. */
char *show_copy(const char *data, size_t size, enum show_mode mode);

/*
 * Copies `size` bytes with U+FFFD in place of each byte that is not part of a UTF-8 character; NUL bytes stay. The
 * caller frees *ret_text, which ends with a NUL that is not counted. 0 or -ENOMEM.
 */
int show_replace(const char *data, size_t size, char **ret_text, size_t *ret_size);

/* Columns that a line of UTF-8 takes, at one a character. */
size_t show_columns(const char *text);
