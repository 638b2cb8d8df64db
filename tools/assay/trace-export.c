/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace export`: a trace for tools that others made. One file a form; this one chooses. Every form is written while the trace is
 * read, so that a trace of any length can be exported.
 */

#include "tools/assay/trace-export.h"
#include "tools/assay/subverb.h"

#include <errno.h>
#include <string.h>

#include "lib/base/strv.h"
#include "lib/trace/json.h"
#include "tools/assay/complain.h"

struct export_options {
	struct trace_filter filter;
	int (*write)(struct trace_input *input, const struct trace_filter *filter);
};

static int parse_format(void *field, const char *text, char *error, size_t error_size)
{
	static const struct {
		const char *name;
		int (*write)(struct trace_input *, const struct trace_filter *);
	} formats[] = {{"chrome", export_chrome}, {"otlp", export_otlp}, {"jsonl", export_jsonl}};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(text, formats[i].name) == 0) {
			((struct export_options *)field)->write = formats[i].write;
			return 0;
		}
	}
	(void)snprintf(error, error_size, "'%s' is not one of chrome, otlp, jsonl", text);
	return -EINVAL;
}

static const struct option_row rows[] = {
	{"format", "chrome|otlp|jsonl",
	 "chrome: for Perfetto and chrome://tracing; otlp: spans of OpenTelemetry as JSON; jsonl: an "
	 "object a line, as `assay trace show --json`.",
	 OPTION_PARSE, 0, parse_format},
	TRACE_FILTER_ROWS(struct export_options),
};

static const struct option_table table = {
	.usage = "assay trace export --format chrome|otlp|jsonl [OPTIONS] FILE",
	.intro = "Writes a trace on standard output as other tools read it. Steps follow each other on one line of time; the "
		 "span of a call begins at its thread's event before it.\n\n"
		 "Exit status: 0, 1 the trace is cut, 2 it is no trace or damaged.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

int export_jsonl(struct trace_input *input, const struct trace_filter *filter)
{
	struct trace_item item;
	int r = 0;

	while (!ferror(stdout) && (r = trace_input_next(input, &item)) == 1)
		if (item.kind == TRACE_ITEM_EVENT && trace_filter_wants(filter, &item))
			trace_json_event(stdout, item.step_name, item.event, item.call);
	return r;
}

static int export(const struct export_options *options, struct trace_input *input)
{
	int r = options->write(input, &options->filter);

	if (r == -ENOMEM)
		complain(TRACE_VERB, "out of memory");
	/* What cannot be written is told when the program ends. */
	if (r == -ENOMEM || ferror(stdout))
		return EXIT_INTERNAL;
	return r < 0 ? EXIT_USAGE : trace_input_end(input);
}

int trace_export(int argc, char **argv)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	_cleanup_strv_ char **operands = NULL;
	struct export_options options = {.write = NULL};
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 1, 1, &options, &operands);

	if (status < 0 && !options.write) {
		complain(TRACE_VERB, "export: --format is needed: chrome, otlp or jsonl");
		status = EXIT_USAGE;
	}
	if (status < 0)
		status = trace_input_open(operands[0], &input);
	if (status < 0)
		status = export(&options, &input);
	trace_filter_clear(&options.filter);
	return status;
}
