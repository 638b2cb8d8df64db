/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace stat`: what a run did, in sums. trace-sums.c adds up, trace-sums-text.c and trace-sums-json.c write; here are the options. What a
 * damaged trace says up to the damage is shown, with the exit status of one that is no trace.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <errno.h>

#include "lib/base/strv.h"
#include "tools/assay/complain.h"
#include "tools/assay/trace-sums.h"

struct stat_options {
	bool json;
	unsigned int top;
	enum term_color color;
};

static int parse_top(void *field, const char *text, char *error, size_t error_size)
{
	char *end;
	unsigned long top = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || top < 1 || top > 1000) {
		(void)snprintf(error, error_size, "'%s' is not a number from 1 to 1000", text);
		return -EINVAL;
	}
	*(unsigned int *)field = (unsigned int)top;
	return 0;
}

static const struct option_row rows[] = {
	{"json", NULL, "Print one JSON object.", OPTION_FLAG, offsetof(struct stat_options, json),
	 NULL},
	{"top", "N", "Rows of each table (default 20).", OPTION_PARSE,
	 offsetof(struct stat_options, top), parse_top},
	{"color", "auto|always|never", "Default: on a terminal, unless NO_COLOR is set.",
	 OPTION_PARSE, offsetof(struct stat_options, color), options_parse_color},
};

static const struct option_table table = {
	.usage = "assay trace stat [OPTIONS] FILE",
	.intro = "Prints sums: calls with errors, bytes and the time up to their return, files, the tree of processes "
		 "and how each ended, network attempts, denials, the gas bill, and what was run where. The time of a call is that since the "
		 "thread's event before, so what the program computed in between is in it.\n\n"
		 "Exit status: 0, 1 the trace is cut, 2 it is no trace or damaged.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

static int add_up(struct trace_input *input, struct sums *sums)
{
	struct trace_item item;
	int r;

	while ((r = trace_input_next(input, &item)) == 1)
		sums_add(sums, &item);
	sums_finish(sums);
	sums->bytes = trace_reader_offset(input->reader);
	sums->chunk_bytes = trace_reader_chunk_bytes(input->reader);
	return r;
}

static int stat_input(struct trace_input *input, const struct stat_options *options)
{
	_cleanup_free_ struct sums *sums = new0(struct sums, 1);
	size_t top = options->top ? options->top : 20;
	struct term term = term_of(stdout, options->color);
	int r = sums ? sums_init(sums) : -ENOMEM, damaged;

	if (r < 0) {
		complain(TRACE_VERB, "out of memory");
		return EXIT_INTERNAL;
	}
	sums->start = trace_reader_start(input->reader);
	damaged = add_up(input, sums);
	if (options->json)
		sums_write_json(sums, stdout, top);
	else
		r = sums_write_text(sums, &term, top);
	sums_clear(sums);
	if (r < 0)
		return EXIT_INTERNAL;
	return damaged < 0 ? EXIT_USAGE : trace_input_end(input);
}

int trace_stat(int argc, char **argv)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	_cleanup_strv_ char **operands = NULL;
	struct stat_options options = {0};
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 1, 1, &options, &operands);

	if (status < 0)
		status = trace_input_open(operands[0], &input);
	return status < 0 ? stat_input(&input, &options) : status;
}
