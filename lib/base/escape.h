/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes that a stranger chose, as text that is safe to print in a sentence, a terminal, a journal or JSON. */

#include <stddef.h>

/*
 * Writes `n` bytes of `data` into `buffer` as valid UTF-8 on one line, ended with NUL. Printable characters stay;
 * newline, tab, carriage return, backslash and the double quote become \n \t \r \\ \", every other control byte,
 * invisible or direction-changing character and byte that is not UTF-8 becomes \xNN. What does not fit is cut
 * between two escapes and "..." ends the text. `size` is at least 8. Returns the length of the text.
 */
size_t escape_bytes(char *buffer, size_t size, const void *data, size_t n);

/*
 * The same for a text that is a sentence already, such as a message of a program: backslashes and double quotes stay as
 * they are, so that what was escaped once is not escaped twice.
 */
size_t escape_line(char *buffer, size_t size, const void *data, size_t n);

/* escape_bytes() of a string. */
size_t escape_string(char *buffer, size_t size, const char *string);

/*
 * How many bytes (1..4) the well-formed UTF-8 character at the start of `data` has, 0 when there is none within `n`
 * bytes (overlong, surrogate, above U+10FFFF, cut short). Source: Unicode 15, table 3-7.
 */
size_t utf8_length(const void *data, size_t n);
