/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The lines that `assay trace diff` compares, and hashes of them. */

#include <stdint.h>
#include <stdio.h>

#include "lib/trace/reader.h"

struct diff_line {
	uint64_t seed; /* secret, so that no trace can be made whose lines meet */
	FILE *stream;
	char *text; /* of `stream` */
	size_t size;
	struct diff_known *known;
};

/* 0 or -ENOMEM. The stream writes into `line`, which stays where it is; it is cleared in either case. */
int diff_line_init(struct diff_line *line);
void diff_line_clear(struct diff_line *line);

#define _cleanup_diff_line_ _cleanup_(diff_line_clear)

/* To be called before another trace is read: calls may be named differently in it. */
void diff_line_forget(struct diff_line *line);

/* A hash of the item's line, the same for every item with that line; 0 when it has none. */
uint64_t diff_line_hash(struct diff_line *line, const struct trace_item *item);

/* The line of an item that has one, escaped, without newline; lent until the next call. */
const char *diff_line_text(struct diff_line *line, const struct trace_item *item, size_t *ret_size);
