/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text in aligned columns: cells are collected first, since the widest one decides. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/mem.h"
#include "tools/assay/term.h"

enum { TABLE_COLUMNS_MAX = 8 };

struct table {
	size_t n_columns;
	bool right[TABLE_COLUMNS_MAX];	 /* aligned to the right: numbers */
	size_t width[TABLE_COLUMNS_MAX]; /* so far */
	struct table_cell *cells;	 /* rows one after the other, owned */
	size_t n_cells, n_allocated;
};

/* Frees the cells. */
void table_clear(struct table *table);

#define _cleanup_table_ _cleanup_(table_clear)

/* Appends a copy of one line of text as the next cell. 0 or -ENOMEM. */
int table_add(struct table *table, enum term_style style, const char *text);

/* Writes the rows with two spaces between columns and none at the end of a line; an unfinished row is left out. */
void table_write(const struct table *table, const struct term *term);
