/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the terminal behind a stream can show. */

#include <stdbool.h>
#include <stdio.h>

enum term_color {
	TERM_COLOR_AUTO = 0, /* on a terminal, unless NO_COLOR is set or TERM is "dumb" */
	TERM_COLOR_ALWAYS,
	TERM_COLOR_NEVER,
};

enum term_style {
	TERM_PLAIN = 0,
	TERM_BOLD,
	TERM_DIM,
	TERM_RED,
	TERM_GREEN,
	TERM_YELLOW,
	TERM_MAGENTA,
	TERM_STYLE_MAX
};

struct term {
	FILE *stream;
	bool is_terminal;
	bool color;
	unsigned columns; /* 80 when it is not a terminal or does not say */
};

/* Looks at the stream (lent). Source for NO_COLOR: https://no-color.org */
struct term term_of(FILE *stream, enum term_color color);

/* The sequence that starts a style ("" when there are no colours); TERM_PLAIN ends it. */
const char *term_style(const struct term *term, enum term_style style);
