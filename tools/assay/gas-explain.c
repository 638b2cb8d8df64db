/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay gas explain`: why a run cost what it cost. The bill stands in the record at each step's end; the verb reads up to there and
 * writes it line by line, the most expensive first, with the price list that it is by.
 */

#include <string.h>

#include "lib/base/strv.h"
#include "lib/trace/json.h"
#include "tools/assay/complain.h"
#include "tools/assay/gas-bill.h"
#include "tools/assay/gas.h"
#include "tools/assay/show.h"
#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#define VERB "gas"

struct explain_options {
	bool json;
	enum term_color color;
};

static const struct option_row rows[] = {
	{"json", NULL, "Print one JSON object a step, one a line.", OPTION_FLAG,
	 offsetof(struct explain_options, json), NULL},
	{"color", "auto|always|never", "Default: on a terminal, unless NO_COLOR is set.",
	 OPTION_PARSE, offsetof(struct explain_options, color), options_parse_color},
};

static const struct option_table table = {
	.usage = "assay gas explain [OPTIONS] FILE",
	.intro = "Prints the gas bill of each step of a trace: what was counted, at which price, what it came to and its share, the "
		 "most expensive line first.\n\n"
		 "Exit status: 0, 1 when the trace is cut or nothing in it was metered, 2 usage.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

static void write_text(const char *text)
{
	show_write(stdout, text ? text : "?", text ? strlen(text) : 1, SHOW_LINE);
}

static int explain_step(const struct trace_item *item, const struct explain_options *options,
			const struct term *term)
{
	const char *name = trace_record_text(item->record, "name"),
		   *verdict = trace_record_text(item->record, "verdict");
	struct bill bill = {0};
	int r = 0;

	bill_add(&bill, item->record);
	bill_sort(&bill);
	if (!bill.is_there)
		return 0;
	if (options->json) {
		(void)fputs("{\"step\":", stdout);
		trace_json_string(stdout, name ? name : "", name ? strlen(name) : 0);
		(void)fputs(",\"gas\":", stdout);
		bill_write_json(&bill, stdout);
		(void)fputs("}\n", stdout);
		return 1;
	}
	(void)fputs(term_style(term, TERM_BOLD), stdout);
	write_text(name);
	(void)fputs(term_style(term, TERM_PLAIN), stdout);
	if (verdict) {
		(void)fputs("  ", stdout);
		write_text(verdict);
	}
	(void)putchar('\n');
	r = bill_write_text(&bill, term);
	(void)putchar('\n');
	return r < 0 ? r : 1;
}

static void write_schedule(const struct trace_record *start)
{
	const char *id = trace_record_text(start, "gas.id"),
		   *hash = trace_record_text(start, "gas.hash");
	uint64_t version = 0;

	if (!id)
		return;
	(void)trace_record_number(start, "gas.version", &version);
	(void)fputs("price list ", stdout);
	write_text(id);
	(void)printf(" version %llu, hash ", (unsigned long long)version);
	write_text(hash);
	(void)fputs("\n\n", stdout);
}

static int explain(struct trace_input *input, const struct explain_options *options)
{
	struct term term = term_of(stdout, options->color);
	struct trace_item item;
	int r, n = 0;

	if (!options->json)
		write_schedule(trace_reader_start(input->reader));
	while ((r = trace_input_next(input, &item)) == 1) {
		int one = item.kind == TRACE_ITEM_STEP ? explain_step(&item, options, &term) : 0;

		if (one < 0)
			return EXIT_INTERNAL;
		n += one;
	}
	if (r < 0)
		return EXIT_USAGE;
	if (n == 0)
		complain(VERB, "%s: nothing in this trace was metered", input->path);
	r = trace_input_end(input);
	return n == 0 ? EXIT_NEGATIVE : r;
}

int gas_explain(int argc, char **argv)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	_cleanup_strv_ char **operands = NULL;
	struct explain_options options = {0};
	int status = subverb_parse(VERB, &table, argc, argv, 1, 1, &options, &operands);

	if (status < 0)
		status = trace_input_open(operands[0], &input);
	return status < 0 ? explain(&input, &options) : status;
}
