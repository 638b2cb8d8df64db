/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace plot`: memory, CPU, gas and processes over time, from the samples in a trace. A step is a curve of its own, since
 * its figures begin anew; steps follow each other from left to right.
 *
 * A picture has 1200 pixels, so at most POINTS_MAX points are kept: when the array is full, every second one goes and from then
 * on every second sample is passed over.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/strv.h"
#include "tools/assay/complain.h"
#include "tools/assay/svg.h"
#include "tools/assay/trace-tracks.h"

enum { POINTS_MAX = 4096, WIDTH = 1200, PANEL = 150, LEFT = 110, RIGHT = 20, TOP = 50, GAP = 40 };

enum series { MEMORY, CPU, GAS, PROCESSES, SERIES };

struct point {
	uint32_t step;
	uint64_t at_ns, values[SERIES];
};

struct plot {
	struct point points[POINTS_MAX];
	uint32_t n;
	uint64_t every, seen; /* every how many samples one is kept */
	struct tracks tracks;
};

static const struct option_table table = {
	.usage = "assay trace plot FILE",
	.intro =
		"Draws memory, CPU, gas and processes over time as SVG on standard output, from the samples in a trace.\n\n"
		"Exit status: 0, 1 the trace is cut or has no samples, 2 it is no trace or damaged.",
	.takes_operands = true,
};

static void thin_out(struct plot *plot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < plot->n; i += 2)
		plot->points[n++] = plot->points[i];
	plot->n = n;
	plot->every *= 2;
}

static void take(struct plot *plot, const struct trace_item *item)
{
	const struct event *event = item->event;
	uint64_t begin_ns;
	const struct track *track = tracks_event(&plot->tracks, item, &begin_ns);

	if (event->kind != EVENT_SAMPLE || plot->seen++ % plot->every != 0)
		return;
	if (plot->n == POINTS_MAX)
		thin_out(plot);
	plot->points[plot->n++] =
		(struct point){.step = item->step,
			       .at_ns = track->latest_ns,
			       .values = {[MEMORY] = event->args[EVENT_SAMPLE_MEMORY_BYTES],
					  [CPU] = event->args[EVENT_SAMPLE_CPU_NS],
					  [GAS] = event->gas_after,
					  [PROCESSES] = event->args[EVENT_SAMPLE_PROCESSES]}};
}

static int add_up(struct trace_input *input, struct plot *plot)
{
	struct trace_item item;
	int r;

	while ((r = trace_input_next(input, &item)) == 1)
		if (item.kind == TRACE_ITEM_EVENT && item.event->kind != EVENT_END)
			take(plot, &item);
	return r;
}

static void describe(enum series series, uint64_t value, char *buffer, size_t size)
{
	if (series == MEMORY)
		(void)snprintf(buffer, size, "%.1f MiB", (double)value / (1 << 20));
	else if (series == CPU)
		(void)snprintf(buffer, size, "%.3f s", (double)value / 1e9);
	else
		(void)snprintf(buffer, size, "%" PRIu64, value);
}

static void draw_curve(const struct plot *plot, enum series series, double y, uint64_t largest)
{
	static const char *const colors[SERIES] = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd"};
	double span = (double)MAX(plot->tracks.end_ns, UINT64_C(1));
	bool is_open = false;

	for (uint32_t i = 0; i < plot->n; i++) {
		const struct point *point = &plot->points[i];
		double x = LEFT + (double)point->at_ns / span * (WIDTH - LEFT - RIGHT);
		double up =
			(double)point->values[series] / (double)MAX(largest, UINT64_C(1)) * PANEL;

		if (!is_open || point->step != plot->points[i - 1].step) {
			(void)printf(
				"%s<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"",
				is_open ? "\"/>\n" : "", colors[series]);
			is_open = true;
		}
		(void)printf("%.1f,%.1f ", x, y + PANEL - up);
	}
	(void)fputs(is_open ? "\"/>\n" : "", stdout);
}

static void draw_panel(const struct plot *plot, enum series series)
{
	static const char *const names[SERIES] = {"memory", "CPU time", "gas", "processes"};
	double y = TOP + (double)series * (PANEL + GAP);
	uint64_t largest = 0;
	char text[64];

	for (uint32_t i = 0; i < plot->n; i++)
		largest = MAX(largest, plot->points[i].values[series]);
	(void)printf(
		"<rect x=\"%d\" y=\"%.0f\" width=\"%d\" height=\"%d\" fill=\"#f6f6f6\" stroke=\"#cccccc\"/>\n",
		LEFT, y, WIDTH - LEFT - RIGHT, PANEL);
	describe(series, largest, text, sizeof(text));
	svg_text(stdout, LEFT - 8, y + 12, "end", text, strlen(text));
	svg_text(stdout, LEFT - 8, y + PANEL, "end", "0", 1);
	svg_text(stdout, LEFT, y - 6, "start", names[series], strlen(names[series]));
	draw_curve(plot, series, y, largest);
}

static void draw(const struct plot *plot, const char *title)
{
	double bottom = TOP + SERIES * (double)(PANEL + GAP);
	char text[64];

	svg_begin(stdout, WIDTH, bottom + 10, title);
	svg_text(stdout, LEFT, 22, "start", title, strlen(title));
	for (enum series series = 0; series < SERIES; series++)
		draw_panel(plot, series);
	(void)snprintf(text, sizeof(text), "%.3f s", (double)plot->tracks.end_ns / 1e9);
	svg_text(stdout, WIDTH - RIGHT, bottom - GAP + 16, "end", text, strlen(text));
	svg_end(stdout);
}

static int plot_input(struct trace_input *input)
{
	_cleanup_free_ struct plot *plot = new0(struct plot, 1);
	int r = plot ? tracks_init(&plot->tracks) : -ENOMEM;

	if (r < 0) {
		complain(TRACE_VERB, "out of memory");
		return EXIT_INTERNAL;
	}
	plot->every = 1;
	r = add_up(input, plot);
	tracks_clear(&plot->tracks);
	if (plot->n == 0) {
		complain(TRACE_VERB, "%s has no samples to draw", input->path);
		return r < 0 ? EXIT_USAGE : EXIT_NEGATIVE;
	}
	draw(plot, input->path);
	return r < 0 ? EXIT_USAGE : trace_input_end(input);
}

int trace_plot(int argc, char **argv)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	_cleanup_strv_ char **operands = NULL;
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 1, 1, NULL, &operands);

	if (status < 0)
		status = trace_input_open(operands[0], &input);
	return status < 0 ? plot_input(&input) : status;
}
