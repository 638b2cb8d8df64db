/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay gas schedule show`: first what is paid for what, in a table that fits a screen, then why, with the calls of each class.
 * Unlike a policy, which is shown in its own grammar, a schedule is asked about more than it is edited, and its file is the
 * better text to start another one from; the head names it.
 *
 * Reasons may be anybody's text: what a terminal would act on is spelled.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/contract/syscall.h"
#include "tools/assay/gas.h"
#include "tools/assay/show.h"
#include "tools/assay/table.h"

enum { LINE_COLUMNS = 80 };

uint64_t gas_item_price(const struct gas_schedule *schedule, enum gas_item item)
{
	switch (item) {
	case GAS_ITEM_BYTES:
		return schedule->bytes_price;
	case GAS_ITEM_PAGES:
		return schedule->page_price;
	case GAS_ITEM_FORKS:
		return schedule->fork_price;
	default:
		return schedule->exec_price;
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t gas_calls_of(const struct gas_schedule *schedule, size_t class,
		    const char *ret_calls[GAS_CALLS_MAX])
{
	size_t n = 0;

	for (int nr = 0; nr < GAS_CALLS_MAX; nr++)
		if (schedule->class_of[nr] == class && syscall_name(nr))
			ret_calls[n++] = syscall_name(nr);
	if (n > 0)
		qsort(ret_calls, n, sizeof(*ret_calls), compare_names);
	return n;
}

/* --- the head and the table --- */

static void write_head(const struct gas_view *view, FILE *stream)
{
	const struct gas_schedule *schedule = view->schedule;

	(void)fprintf(stream, "schedule  %s\nversion   %u\nhash      %s\nfile      ", schedule->id,
		      schedule->version, schedule->hash);
	show_write(stream, view->notes->file, strlen(view->notes->file), SHOW_LINE);
	(void)fputs("\nsummary   ", stream);
	show_write(stream, view->notes->summary, strlen(view->notes->summary), SHOW_LINE);
	(void)fprintf(stream, "\nunknown   %s\n\n", schedule->classes[schedule->class_unknown].name);
}

/* `calls` is text, "" for rows that are no class. */
static int add_row(struct table *table, uint64_t price, const char *name, const char *calls,
		   const char *what)
{
	char text[24];
	int r;

	(void)snprintf(text, sizeof(text), "%" PRIu64, price);
	r = table_add(table, TERM_PLAIN, text);
	if (r == 0)
		r = table_add(table, TERM_BOLD, name);
	if (r == 0)
		r = table_add(table, TERM_PLAIN, calls);
	return r < 0 ? r : table_add(table, TERM_PLAIN, what);
}

static int add_items(struct table *table, const struct gas_schedule *schedule)
{
	char unit[64];
	const struct {
		enum gas_item item;
		const char *what;
	} rows[] = {
		{GAS_ITEM_BYTES, unit},
		{GAS_ITEM_PAGES, "each page of 4096 bytes that a call made"},
		{GAS_ITEM_FORKS, "each new process or thread"},
		{GAS_ITEM_EXECS, "each program that was started"},
	};
	int r = 0;

	(void)snprintf(unit, sizeof(unit), "each whole %" PRIu64 " bytes that a call moved",
		       schedule->bytes_unit);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
		r = add_row(table, gas_item_price(schedule, rows[i].item),
			    gas_item_name(rows[i].item), "", rows[i].what);
	return r;
}

static int add_classes(struct table *table, const struct gas_schedule *schedule)
{
	static const char *const what[] = {
		[GAS_EXTRA_NONE] = "each completed call",
		[GAS_EXTRA_BYTES] = "each completed call, and its bytes",
		[GAS_EXTRA_PAGES] = "each completed call, and its pages",
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < schedule->n_classes; i++) {
		const struct gas_class *class = &schedule->classes[i];
		const char *calls[GAS_CALLS_MAX];
		char n[24];

		(void)snprintf(n, sizeof(n), "%zu", gas_calls_of(schedule, i, calls));
		r = add_row(table, class->price, class->name, n, what[class->extra]);
	}
	return r;
}

static int write_prices(const struct gas_view *view, const struct term *term)
{
	static const char *const titles[] = {"PRICE", "NAME", "CALLS", "FOR"};
	_cleanup_table_ struct table table = {.n_columns = ARRAY_SIZE(titles),
					      .right = {[0] = true, [2] = true}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(titles); i++)
		r = table_add(&table, TERM_DIM, titles[i]);
	if (r == 0)
		r = add_items(&table, view->schedule);
	if (r == 0)
		r = add_classes(&table, view->schedule);
	if (r == 0)
		table_write(&table, term);
	return r;
}

/* --- reasons and calls --- */

/* Writes words of `text` after what stands in `*column` columns already, in lines that begin with two spaces. */
static void write_words(FILE *stream, const char *text, size_t *column)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (*column + 1 + length > LINE_COLUMNS) {
			(void)fputs("\n ", stream);
			*column = 1;
		}
		(void)fputc(' ', stream);
		show_write(stream, text, length, SHOW_LINE);
		*column += 1 + length;
		text += length;
		text += strspn(text, " ");
	}
}

static void write_reason(const struct term *term, const char *name, const char *reason)
{
	size_t column = 1;

	(void)fprintf(term->stream, "\n%s%s%s\n ", term_style(term, TERM_BOLD), name,
		      term_style(term, TERM_PLAIN));
	write_words(term->stream, reason, &column);
	(void)fputc('\n', term->stream);
}

static void write_calls(const struct gas_schedule *schedule, size_t class, FILE *stream)
{
	const char *calls[GAS_CALLS_MAX];
	size_t n = gas_calls_of(schedule, class, calls), column = 1;

	if (n == 0)
		return;
	(void)fputc(' ', stream);
	write_words(stream, "calls:", &column);
	for (size_t i = 0; i < n; i++)
		write_words(stream, calls[i], &column);
	(void)fputc('\n', stream);
}

int gas_show_text(const struct gas_view *view, const struct term *term)
{
	int r;

	write_head(view, term->stream);
	r = write_prices(view, term);
	if (r < 0)
		return r;
	for (unsigned int item = GAS_ITEM_BYTES; item < GAS_ITEM_MAX; item++)
		write_reason(term, gas_item_name((enum gas_item)item), view->notes->reasons[item]);
	for (size_t i = 0; i < view->schedule->n_classes; i++) {
		write_reason(term, view->schedule->classes[i].name, view->notes->reasons[i]);
		write_calls(view->schedule, i, term->stream);
	}
	return 0;
}
