/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace flame`: where time went. A stack is the step, the programs from the first process down, and the call; its width is the
 * time that threads took to get to the return of such a call. Folded stacks are what other flame graph tools read.
 *
 * Stacks are summed by text in a bounded tally; with more than it holds, the rest is one block.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/strv.h"
#include "lib/trace/text.h"
#include "tools/assay/complain.h"
#include "tools/assay/flame-svg.h"
#include "tools/assay/trace-tracks.h"

enum { CHAIN_BYTES = 512 };

struct flame_options {
	bool folded;
};

/* The stack of a thread: step and programs. */
struct chain {
	uint64_t track; /* whose it is */
	char parent[CHAIN_BYTES], text[CHAIN_BYTES + EVENT_COMM_BYTES];
	char comm[EVENT_COMM_BYTES];
};

struct flame {
	struct tracks tracks;
	struct chain chains[TRACKS_MAX];
	struct tally tally;
	const char *step_name;
};

static const struct option_row rows[] = {
	{"folded", NULL, "Print folded stacks, one a line with its time in ns, instead of SVG.",
	 OPTION_FLAG, offsetof(struct flame_options, folded), NULL},
};

static const struct option_table table = {
	.usage = "assay trace flame [OPTIONS] FILE",
	.intro = "Prints where time went, by step, process and call, as SVG on standard output. The time of a call is that "
		 "since its thread's event before.\n\n"
		 "Exit status: 0, 1 the trace is cut, 2 it is no trace or damaged.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

/* Names stand between semicolons and spaces. */
static void clean(char *text)
{
	for (; *text; text++)
		if (*text == ';' || *text == ' ' || (unsigned char)*text < 0x20)
			*text = '_';
}

static struct chain *chain_of(struct flame *flame, const struct track *track)
{
	return &flame->chains[track - flame->tracks.tracks];
}

static void set_text(struct chain *chain, const char *comm)
{
	char name[EVENT_COMM_BYTES + 1] = "";

	memcpy(chain->comm, comm, sizeof(chain->comm));
	memcpy(name, comm, strnlen(comm, EVENT_COMM_BYTES));
	clean(name);
	(void)snprintf(chain->text, sizeof(chain->text), "%s;%s", chain->parent, name);
}

/* A new thread: its stack begins with its parent's, or with the step. */
static void opened(const struct track *track, void *context)
{
	struct flame *flame = context;
	struct chain *chain = chain_of(flame, track);
	char step[CHAIN_BYTES];

	(void)snprintf(step, sizeof(step), "%s", flame->step_name);
	clean(step);
	for (size_t i = 0; track->parent && i < TRACKS_MAX; i++)
		if (flame->tracks.tracks[i].is_open && flame->tracks.tracks[i].id == track->parent)
			(void)snprintf(step, sizeof(step), "%.*s", CHAIN_BYTES - 1,
				       flame->chains[i].text);
	chain->track = track->id;
	memcpy(chain->parent, step, sizeof(step));
	set_text(chain, track->comm);
}

static void take(struct flame *flame, const struct trace_item *item)
{
	char name[64], key[CHAIN_BYTES + 128];
	uint64_t begin_ns;
	const struct track *track;

	flame->step_name = item->step_name;
	track = tracks_event(&flame->tracks, item, &begin_ns);
	struct chain *chain = chain_of(flame, track);
	if (memcmp(chain->comm, item->event->comm, EVENT_COMM_BYTES) != 0)
		set_text(chain, item->event->comm);
	if (trace_is_call(item->event))
		(void)trace_text_call_name(item->event, item->call, name);
	else
		(void)snprintf(name, sizeof(name), "(%s)",
			       event_kind_name(item->event->kind) ?
				       event_kind_name(item->event->kind) :
				       "unknown");
	int n = snprintf(key, sizeof(key), "%s;%s", chain->text, name);
	struct tally_row *row = tally_row(&flame->tally, key, MIN((size_t)n, sizeof(key) - 1));
	row->count++;
	row->ns += track->latest_ns - begin_ns;
	tracks_after(&flame->tracks, item);
}

static int add_up(struct trace_input *input, struct flame *flame)
{
	struct trace_item item;
	int r;

	flame->tracks.opened = opened;
	flame->tracks.context = flame;
	while ((r = trace_input_next(input, &item)) == 1)
		if (item.kind == TRACE_ITEM_EVENT && item.event->kind != EVENT_SAMPLE &&
		    item.event->kind != EVENT_END)
			take(flame, &item);
	return r;
}

static void write_folded(const struct tally *tally)
{
	char text[4 * (CHAIN_BYTES + 128)];

	for (uint32_t i = 0; i < tally->n; i++) {
		if (tally->rows[i].ns == 0)
			continue;
		(void)escape_bytes(text, sizeof(text), tally->rows[i].key, tally->rows[i].key_size);
		(void)printf("%s %" PRIu64 "\n", text, tally->rows[i].ns);
	}
	if (tally->others.ns)
		(void)printf("(others) %" PRIu64 "\n", tally->others.ns);
}

static int draw(struct trace_input *input, const struct flame_options *options)
{
	_cleanup_free_ struct flame *flame = new0(struct flame, 1);
	int r = flame ? tracks_init(&flame->tracks) : -ENOMEM, damaged = 0;

	if (r == 0) {
		damaged = add_up(input, flame);
		tracks_clear(&flame->tracks);
		if (options->folded) {
			tally_sort(&flame->tally, offsetof(struct tally_row, ns));
			write_folded(&flame->tally);
		} else {
			flame_svg_write(stdout, &flame->tally, trace_input_name(input));
		}
		tally_clear(&flame->tally);
	}
	if (r < 0) {
		complain(TRACE_VERB, "out of memory");
		return EXIT_INTERNAL;
	}
	return damaged < 0 ? EXIT_USAGE : trace_input_end(input);
}

int trace_flame(int argc, char **argv)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	_cleanup_strv_ char **operands = NULL;
	struct flame_options options = {.folded = false};
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 1, 1, &options, &operands);

	if (status < 0)
		status = trace_input_open(operands[0], &input);
	return status < 0 ? draw(&input, &options) : status;
}
