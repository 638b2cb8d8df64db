/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether an output agrees with the expected answer, and if not, where. */

#include <stdbool.h>
#include <stddef.h>

#include "checker/tolerance.h"

/* Bytes that somebody else owns; any bytes, with NUL among them. `data` may be NULL when size is 0. */
struct text {
	const char *data;
	size_t size;
};

enum compare_mode {
	COMPARE_TOKENS, /* sequences of bytes that are not white space */
	COMPARE_LINES, /* lines without white space at their ends, without empty lines at the end */
	COMPARE_EXACT, /* every byte */
	COMPARE_MODE_MAX
};

struct compare_options {
	enum compare_mode mode;
	bool ignore_case;	    /* of ASCII letters; tokens and lines */
	bool strict_space;	    /* white space between tokens must be the same bytes; tokens */
	struct tolerance float_abs; /* how far tokens that are numbers may be apart; tokens */
	struct tolerance float_rel; /* the same in relation to the expected one; one of the two suffices */
};

enum difference_kind {
	DIFFERENCE_TOKEN,     /* two tokens */
	DIFFERENCE_NUMBER,    /* two numbers that are too far apart */
	DIFFERENCE_SPACE,     /* white space */
	DIFFERENCE_LINE,      /* two lines */
	DIFFERENCE_BYTE,      /* two bytes, and what follows them */
	DIFFERENCE_TOO_SHORT, /* the output ends where more is expected */
	DIFFERENCE_TOO_LONG,  /* the output goes on where the answer ends */
};

/* A part of a text. */
struct span {
	size_t at, length;
};

/* The first difference: what differs in either text. Where a text has ended, its span is empty and at its end. */
struct difference {
	enum difference_kind kind;
	struct span expected, found;
	size_t common; /* bytes at the start of both spans that agree */
};

/*
 * True when they agree. Otherwise false and *ret_difference is filled. Linear in the sizes, in constant memory.
 */
bool compare_texts(const struct compare_options *options, struct text expected, struct text found,
		   struct difference *ret_difference);
