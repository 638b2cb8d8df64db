/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace diff`: what one run did that the other did not. Two runs of a threaded program do the same in another order, so
 * lines are compared as sets with counts: each event becomes its canonical line, and a line that occurs as often in both is no difference.
 *
 * The traces are read twice where they differ. First only a hash of each line is counted (16 bytes for each different one, at most LINES_MAX);
 * then the lines of those hashes whose counts differ are collected as text. So memory does not grow with the traces.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/strv.h"
#include "lib/trace/json.h"
#include "tools/assay/complain.h"
#include "tools/assay/diff-line.h"
#include "tools/assay/show.h"
#include "tools/assay/tally.h"

enum { LINES_MAX = 1 << 20, SLOTS = 2 * LINES_MAX };

struct count {
	uint64_t hash;	   /* 0: free */
	int64_t more_in_a; /* occurrences in A less those in B */
};

struct diff_options {
	bool json;
};

struct diff {
	struct count *counts; /* SLOTS */
	uint32_t n;
	bool overflow, is_cut; /* not everything was compared */
	struct diff_line line;
};

static const struct option_row rows[] = {
	{"json", NULL, "Print one JSON object a line of difference.", OPTION_FLAG,
	 offsetof(struct diff_options, json), NULL},
};

static const struct option_table table = {
	.usage = "assay trace diff [OPTIONS] A B",
	.intro =
		"Prints what A did more often (-) and what B did more often (+), with how many times more. Times, process "
		"numbers, addresses, and the order in which threads ran make no difference.\n\n"
		"Exit status: 0 they did the same, 1 they did not, or one is cut, 2 one is no trace or damaged.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

/* The line's count, made when it is new; NULL when there are too many. */
static struct count *count_of(struct diff *diff, uint64_t hash)
{
	uint32_t slot = (uint32_t)(hash >> 20) % SLOTS;

	while (diff->counts[slot].hash && diff->counts[slot].hash != hash)
		slot = (slot + 1) % SLOTS;
	if (!diff->counts[slot].hash) {
		if (diff->n == LINES_MAX) {
			diff->overflow = true;
			return NULL;
		}
		diff->n++;
		diff->counts[slot].hash = hash;
	}
	return &diff->counts[slot];
}

/* Reads a trace and counts its lines into the table. An exit status, or -1. */
static int count_lines(struct diff *diff, const char *path, int sign)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	int status = trace_input_open(path, &input), r;
	struct trace_item item;

	if (status >= 0)
		return status;
	diff_line_forget(&diff->line);
	while ((r = trace_input_next(&input, &item)) == 1) {
		uint64_t hash = diff_line_hash(&diff->line, &item);
		struct count *count = hash ? count_of(diff, hash) : NULL;

		if (count)
			count->more_in_a += sign;
	}
	if (r == 0)
		diff->is_cut |= trace_input_end(&input) != EXIT_OK;
	return r < 0 ? EXIT_USAGE : -1;
}

/* Whether a line occurs more often in A (sign 1), or in B (-1). */
static bool has_more(const struct diff *diff, int sign)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (diff->counts[i].more_in_a * sign > 0)
			return true;
	return false;
}

/* Reads it once more and collects the lines that it has more often. */
static int collect_lines(struct diff *diff, const char *path, int sign, struct tally *tally)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	int status = trace_input_open(path, &input), r;
	struct trace_item item;

	if (status >= 0)
		return status;
	diff_line_forget(&diff->line);
	while ((r = trace_input_next(&input, &item)) == 1) {
		uint64_t hash = diff_line_hash(&diff->line, &item);
		const struct count *count = hash ? count_of(diff, hash) : NULL;

		if (count && count->more_in_a * sign > 0) {
			size_t size;
			const char *text = diff_line_text(&diff->line, &item, &size);

			tally_row(tally, text, size)->count = (uint64_t)(count->more_in_a * sign);
		}
	}
	return r < 0 ? EXIT_USAGE : -1;
}

static void write_lines(const struct diff_options *options, struct tally *tally, char sign)
{
	tally_sort(tally, offsetof(struct tally_row, count));
	for (uint32_t i = 0; i < tally->n; i++) {
		const struct tally_row *row = &tally->rows[i];

		if (options->json) {
			(void)printf("{\"only\":\"%c\",\"count\":%" PRIu64 ",\"what\":",
				     sign == '-' ? 'a' : 'b', row->count);
			trace_json_string(stdout, row->key, row->key_size);
			(void)fputs("}\n", stdout);
		} else {
			(void)printf("%c%6" PRIu64 "  ", sign, row->count);
			show_write(stdout, row->key, row->key_size, SHOW_LINE);
			(void)putchar('\n');
		}
	}
	if (tally->others.count)
		complain(TRACE_VERB, "more than %d different lines: the rest is not shown",
			 TALLY_ROWS_MAX);
}

static int compare(struct diff *diff, char *const *paths, const struct diff_options *options)
{
	_cleanup_tally_ struct tally a = {0}, b = {0};
	int status = count_lines(diff, paths[0], 1);

	if (status < 0)
		status = count_lines(diff, paths[1], -1);
	if (status < 0 && has_more(diff, 1))
		status = collect_lines(diff, paths[0], 1, &a);
	if (status < 0 && has_more(diff, -1))
		status = collect_lines(diff, paths[1], -1, &b);
	if (status >= 0)
		return status;
	if (diff->overflow)
		complain(TRACE_VERB,
			 "the traces have more than %d different lines: those that came later were not compared",
			 LINES_MAX);
	write_lines(options, &a, '-');
	write_lines(options, &b, '+');
	return a.n + b.n > 0 || diff->overflow || diff->is_cut ? EXIT_NEGATIVE : EXIT_OK;
}

static int diff_files(char *const *paths, const struct diff_options *options)
{
	_cleanup_free_ struct count *counts = new0(struct count, SLOTS);
	struct diff diff = {.counts = counts};
	int status = EXIT_INTERNAL;

	if (!counts || diff_line_init(&diff.line) < 0)
		complain(TRACE_VERB, "out of memory");
	else
		status = compare(&diff, paths, options);
	diff_line_clear(&diff.line);
	return status;
}

int trace_diff(int argc, char **argv)
{
	_cleanup_strv_ char **operands = NULL;
	struct diff_options options = {.json = false};
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 2, 2, &options, &operands);

	if (status < 0 && (strcmp(operands[0], "-") == 0 || strcmp(operands[1], "-") == 0)) {
		complain(TRACE_VERB, "diff reads its files twice, and - can be read once");
		status = EXIT_USAGE;
	}
	return status < 0 ? diff_files(operands, &options) : status;
}
