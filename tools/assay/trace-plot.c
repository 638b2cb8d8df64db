/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace plot`: memory, CPU, gas and processes over time, from the samples in a trace. A step is a curve of its own, since
 * its figures begin anew; steps follow each other from left to right.
 *
 * A picture has 1200 pixels, so at most PLOT_POINTS_MAX points are kept: when the array is full, every second one goes and from then
 * on every second sample is passed over.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <errno.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/strv.h"
#include "tools/assay/complain.h"
#include "tools/assay/plot-svg.h"
#include "tools/assay/trace-tracks.h"

struct plot {
	struct plot_picture picture;
	uint64_t every, seen; /* every how many samples one is kept */
	uint32_t latest;      /* step of the event before, + 1 */
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
	struct plot_picture *picture = &plot->picture;
	uint32_t n = 0;

	for (uint32_t i = 0; i < picture->n_points; i += 2)
		picture->points[n++] = picture->points[i];
	picture->n_points = n;
	plot->every *= 2;
}

static void take_step(struct plot_picture *picture, const struct trace_item *item, uint64_t at_ns)
{
	struct plot_step *step = &picture->steps[picture->n_steps];

	for (uint32_t i = 0; i < picture->n_steps; i++)
		if (picture->steps[i].step == item->step)
			return;
	if (picture->n_steps == PLOT_STEPS_MAX)
		return;
	*step = (struct plot_step){.step = item->step, .at_ns = at_ns};
	(void)escape_bytes(step->name, sizeof(step->name), item->step_name, strlen(item->step_name));
	picture->n_steps++;
}

static void take(struct plot *plot, const struct trace_item *item)
{
	const struct event *event = item->event;
	uint64_t begin_ns;
	const struct track *track = tracks_event(&plot->tracks, item, &begin_ns);

	if (plot->latest != item->step + 1)
		take_step(&plot->picture, item, track->latest_ns);
	plot->latest = item->step + 1;
	if (event->kind != EVENT_SAMPLE || plot->seen++ % plot->every != 0)
		return;
	if (plot->picture.n_points == PLOT_POINTS_MAX)
		thin_out(plot);
	plot->picture.points[plot->picture.n_points++] = (struct plot_point){
		.step = item->step,
		.at_ns = track->latest_ns,
		.values = {[PLOT_MEMORY] = event->args[EVENT_SAMPLE_MEMORY_BYTES],
			   [PLOT_CPU] = event->args[EVENT_SAMPLE_CPU_NS],
			   [PLOT_GAS] = event->gas_after,
			   [PLOT_PROCESSES] = event->args[EVENT_SAMPLE_PROCESSES]}};
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
	plot->picture.end_ns = plot->tracks.end_ns;
	if (plot->picture.n_points == 0) {
		if (r == 0)
			complain(TRACE_VERB,
				 "%s has no samples to draw: a run has them with --trace-level events or syscalls",
				 input->path);
		return r < 0 ? EXIT_USAGE : EXIT_NEGATIVE;
	}
	plot_svg_write(stdout, &plot->picture, trace_input_name(input));
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
