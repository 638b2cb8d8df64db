/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Cells live in one growing array, row after row, so that a table of ten thousand cases is one allocation that doubles
 * and one string a cell. Widths are counted in characters, which is right for all but wide and combining ones;
 * names of cases rarely have those, and a line that is off by a column is still readable. A cell may be wider than any
 * terminal: it is never cut, since the end of a reason may be the reason.
 */

#include "tools/assay/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/assay/show.h"

struct table_cell {
	char *text; /* owned */
	enum term_style style;
};

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	table->cells = NULL;
	table->n_cells = table->n_allocated = 0;
}

static int grow(struct table *table)
{
	size_t n = table->n_allocated ? 2 * table->n_allocated : 64;
	struct table_cell *cells = reallocarray(table->cells, n, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	table->cells = cells;
	table->n_allocated = n;
	return 0;
}

int table_add(struct table *table, enum term_style style, const char *text)
{
	size_t column = table->n_cells % table->n_columns;

	if (table->n_cells == table->n_allocated && grow(table) < 0)
		return -ENOMEM;
	char *copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	table->cells[table->n_cells++] = (struct table_cell){copy, style};
	table->width[column] = MAX(table->width[column], show_columns(text));
	return 0;
}

/* The last column that has text: nothing is written after it. */
static size_t last_column(const struct table *table, const struct table_cell *row)
{
	size_t last = table->n_columns - 1;

	while (last > 0 && row[last].text[0] == '\0')
		last--;
	return last;
}

static void write_row(const struct table *table, const struct table_cell *row,
		      const struct term *term)
{
	size_t last = last_column(table, row);

	for (size_t i = 0; i <= last; i++) {
		int pad = (int)(table->width[i] - show_columns(row[i].text));
		bool styled = row[i].style != TERM_PLAIN;

		(void)fprintf(term->stream, "%*s%s%s%s", table->right[i] ? pad : 0, "",
			      styled ? term_style(term, row[i].style) : "", row[i].text,
			      styled ? term_style(term, TERM_PLAIN) : "");
		if (i < last)
			(void)fprintf(term->stream, "%*s", 2 + (table->right[i] ? 0 : pad), "");
	}
	(void)fputc('\n', term->stream);
}

void table_write(const struct table *table, const struct term *term)
{
	for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
		write_row(table, table->cells + i, term);
}
