/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace show`: events as lines for people, or as JSON for programs.
 *
 * With --follow it goes on where the file ends until the receipt is there: a trace grows by whole frames, and the reader keeps the part of a
 * frame that is there. inotify would be quicker than looking ten times a second, and would not work for what comes over a
 * network file system.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/escape.h"
#include "lib/base/strv.h"
#include "lib/trace/json.h"
#include "lib/trace/text.h"
#include "tools/assay/show.h"
#include "tools/assay/trace-facts.h"
#include "tools/assay/trace-filter.h"

enum { FOLLOW_PAUSE_MS = 100 };

struct show_options {
	struct trace_filter filter;
	bool json, follow, records;
};

static const struct option_row rows[] = {
	TRACE_FILTER_ROWS(struct show_options),
	{"json", NULL, "Print one JSON object a line.", OPTION_FLAG,
	 offsetof(struct show_options, json), NULL},
	{"records", NULL,
	 "Print the records instead of events: what was run, what each step came to, the receipt.",
	 OPTION_FLAG, offsetof(struct show_options, records), NULL},
	{"follow", NULL, "Go on at the end of a trace that is still being written.", OPTION_FLAG,
	 offsetof(struct show_options, follow), NULL},
};

static const struct option_table table = {
	.usage = "assay trace show [OPTIONS] FILE",
	.intro =
		"Prints what happened, a line an event: seconds since the start of the step, process, "
		"program, call. A path with a question mark behind it is what the program said; "
		"others were resolved by the kernel. FILE may be -.\n\n"
		"Exit status: 0 the trace has its receipt, 1 it is cut, 2 it is no trace or damaged.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

static void show_event(const struct show_options *options, const struct trace_item *item,
		       uint32_t *step)
{
	if (!trace_filter_wants(&options->filter, item))
		return;
	if (options->json) {
		trace_json_event(stdout, item->step_name, item->event, item->call);
		return;
	}
	if (*step != item->step) {
		(void)fputs("--- ", stdout);
		show_write(stdout, item->step_name, strlen(item->step_name), SHOW_LINE);
		(void)putchar('\n');
		*step = item->step;
	}
	trace_text_line(stdout, item->event, item->call);
}

static void show_record(const char *what, const struct trace_record *record, bool json)
{
	(void)printf(json ? "{\"record\":\"%s\"" : "%s\n", what);
	if (json)
		facts_write_json(record, stdout);
	else
		facts_write_text(record, stdout);
	if (json)
		(void)fputs("}\n", stdout);
}

static void show_item(const struct show_options *options, const struct trace_item *item,
		      uint32_t *step)
{
	if (item->kind == TRACE_ITEM_EVENT && !options->records)
		show_event(options, item, step);
	else if (item->kind == TRACE_ITEM_STEP && options->records)
		show_record("step", item->record, options->json);
	else if (item->kind == TRACE_ITEM_RECEIPT && options->records)
		show_record("receipt", item->record, options->json);
}

static void pause_following(void)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_PAUSE_MS * 1000000L};

	(void)fflush(stdout);
	(void)nanosleep(&pause, NULL);
}

/* Whether more may come after the end: a pipe's end is the last word of who wrote it. */
static bool may_grow(const struct trace_input *input)
{
	struct stat st;

	return fstat(input->fd, &st) == 0 && S_ISREG(st.st_mode);
}

static int show(const struct show_options *options, struct trace_input *input)
{
	bool follow = options->follow && may_grow(input);
	uint32_t step = UINT32_MAX;
	struct trace_item item;
	int r;

	if (options->records)
		show_record("start", trace_reader_start(input->reader), options->json);
	for (;;) {
		while ((r = trace_input_next(input, &item)) == 1) {
			show_item(options, &item, &step);
			if (ferror(stdout))
				return EXIT_INTERNAL;
		}
		if (r < 0)
			return EXIT_USAGE;
		if (!follow || trace_reader_state(input->reader) != TRACE_CUT)
			return trace_input_end(input);
		pause_following();
	}
}

/* A run makes its file a moment before it writes to it, and removes it when nothing ran. */
static void wait_for_begin(const char *path)
{
	struct stat st;

	while (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		pause_following();
}

int trace_show(int argc, char **argv)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	_cleanup_strv_ char **operands = NULL;
	struct show_options options = {0};
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 1, 1, &options, &operands);

	if (status < 0 && options.follow)
		wait_for_begin(operands[0]);
	if (status < 0)
		status = trace_input_open(operands[0], &input);
	if (status < 0)
		status = show(&options, &input);
	trace_filter_clear(&options.filter);
	return status;
}
