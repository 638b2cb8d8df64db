/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A step's record has three numbers for each line of its bill: gas.NAME.count, gas.NAME.price, gas.NAME.gas. Here they become lines again.
 * A bill that does not add up is shown as such: the sum of the lines and what was charged stand side by side.
 */

#include "tools/assay/gas-bill.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/trace/json.h"
#include "tools/assay/show.h"
#include "tools/assay/table.h"

static struct bill_row *row_of(struct bill *bill, const char *name, size_t length)
{
	for (size_t i = 0; i < bill->n; i++)
		if (strlen(bill->rows[i].name) == length &&
		    strncmp(bill->rows[i].name, name, length) == 0)
			return &bill->rows[i];
	if (bill->n == BILL_ROWS_MAX || length > GAS_NAME_BYTES)
		return NULL;
	struct bill_row *row = &bill->rows[bill->n++];
	memcpy(row->name, name, length);
	return row;
}

/* A field "gas.NAME.WHAT". */
static void add_field(struct bill *bill, const struct trace_field *field)
{
	const char *name = field->key + strlen("gas."), *dot = strrchr(name, '.');

	if (!dot || field->text)
		return;
	struct bill_row *row = row_of(bill, name, (size_t)(dot - name));
	if (!row)
		return;
	if (strcmp(dot, ".count") == 0)
		row->count += field->number;
	else if (strcmp(dot, ".gas") == 0)
		row->gas += field->number;
	else if (strcmp(dot, ".price") == 0)
		row->price = field->number;
}

void bill_add(struct bill *bill, const struct trace_record *record)
{
	uint64_t number;

	if (trace_record_number(record, "gas.used", &number) < 0)
		return;
	bill->is_there = true;
	bill->used += number;
	if (trace_record_number(record, "gas.limit", &number) == 0) {
		bill->has_limit = true;
		bill->limit += number;
	}
	if (trace_record_number(record, "gas.bytes_unit", &number) == 0)
		bill->bytes_unit = number;
	for (size_t i = 0; i < record->n; i++)
		if (strncmp(record->fields[i].key, "gas.", 4) == 0)
			add_field(bill, &record->fields[i]);
}

static int compare(const void *a, const void *b)
{
	const struct bill_row *left = a, *right = b;

	if (left->gas != right->gas)
		return left->gas < right->gas ? 1 : -1;
	return strcmp(left->name, right->name);
}

void bill_sort(struct bill *bill)
{
	qsort(bill->rows, bill->n, sizeof(*bill->rows), compare);
}

static uint64_t sum_of(const struct bill *bill)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < bill->n; i++)
		sum += bill->rows[i].gas;
	return sum;
}

static _printf_(3, 4) int cell(struct table *table, enum term_style style, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return table_add(table, style, text);
}

static int add_row(struct table *table, const struct bill *bill, const struct bill_row *row)
{
	bool is_bytes = strcmp(row->name, "bytes") == 0;
	_cleanup_free_ char *name = show_copy(row->name, strlen(row->name), SHOW_LINE);
	int r = name ? table_add(table, TERM_PLAIN, name) : -ENOMEM;

	if (r == 0)
		r = cell(table, TERM_PLAIN, "%" PRIu64, row->count);
	if (r == 0 && is_bytes && bill->bytes_unit > 1)
		r = cell(table, TERM_DIM, "at %" PRIu64 " per %" PRIu64, row->price,
			 bill->bytes_unit);
	else if (r == 0)
		r = cell(table, TERM_DIM, "at %" PRIu64, row->price);
	if (r == 0)
		r = cell(table, TERM_PLAIN, "%" PRIu64, row->gas);
	if (r == 0)
		r = cell(table, TERM_DIM, "%.1f%%",
			 bill->used ? 100.0 * (double)row->gas / (double)bill->used : 0.0);
	return r;
}

int bill_write_text(const struct bill *bill, const struct term *term)
{
	_cleanup_table_ struct table table = {.n_columns = 5,
					      .right = {false, true, true, true, true}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < bill->n; i++)
		r = add_row(&table, bill, &bill->rows[i]);
	if (r < 0)
		return r;
	table_write(&table, term);
	(void)fprintf(term->stream, "charged %" PRIu64, bill->used);
	if (bill->has_limit)
		(void)fprintf(term->stream, " of %" PRIu64 " (%.1f%%)", bill->limit,
			      bill->limit ? 100.0 * (double)bill->used / (double)bill->limit : 0.0);
	if (bill->n > 0 && sum_of(bill) != bill->used)
		(void)fprintf(term->stream, "; the lines come to %" PRIu64, sum_of(bill));
	(void)fputc('\n', term->stream);
	return 0;
}

void bill_write_json(const struct bill *bill, FILE *stream)
{
	(void)fprintf(stream, "{\"used\":%" PRIu64, bill->used);
	if (bill->has_limit)
		(void)fprintf(stream, ",\"limit\":%" PRIu64, bill->limit);
	(void)fputs(",\"rows\":[", stream);
	for (size_t i = 0; i < bill->n; i++) {
		const struct bill_row *row = &bill->rows[i];

		(void)fputs(i ? ",{\"name\":" : "{\"name\":", stream);
		trace_json_string(stream, row->name, strlen(row->name));
		(void)fprintf(stream,
			      ",\"count\":%" PRIu64 ",\"price\":%" PRIu64 ",\"gas\":%" PRIu64 "}",
			      row->count, row->price, row->gas);
	}
	(void)fputs("]}", stream);
}
