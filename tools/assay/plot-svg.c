/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Four panels above each other on one line of time. Axes are marked at round numbers, steps are told apart by lines, and over
 * every panel lie invisible blocks which say, when they are pointed at, what was used at that time: at most HOVERS, since a block
 * that is narrower than a few pixels cannot be pointed at.
 */

#include "tools/assay/plot-svg.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/mem.h"
#include "tools/assay/svg.h"

enum {
	WIDTH = 1200,
	PANEL = 130, /* height */
	LEFT = 100,
	RIGHT = 30,
	GAP = 44,
	INNER = WIDTH - LEFT - RIGHT,
	TOP = SVG_HEAD + 34,
	HOVERS = 256,
	TICKS = 4,	 /* about as many on an axis of values */
	TIME_TICKS = 10, /* and of time */
	NARROW = 60,	 /* a step of fewer pixels has no name */
	APART = 6,	 /* pixels between two lines */
};

/* How the values of a series are written: as multiples of a unit. */
struct unit {
	uint64_t size;
	const char *name;
};

static const struct {
	const char *name, *color;
	struct unit units[4]; /* ascending; the largest that is not more than the largest value is used */
} kinds[PLOT_SERIES] = {
	[PLOT_MEMORY] = {"memory",
			 "#1f5fa8",
			 {{1, "B"}, {1 << 10, "KiB"}, {1 << 20, "MiB"}, {1 << 30, "GiB"}}},
	[PLOT_CPU] = {"CPU time, of all threads together",
		      "#b3261e",
		      {{1000, "us"}, {1000000, "ms"}, {1000000000, "s"}}},
	[PLOT_GAS] = {"gas", "#2b7a2b", {{1, ""}, {1000, "k"}, {1000000, "M"}, {1000000000, "G"}}},
	[PLOT_PROCESSES] = {"processes and threads", "#6b3fa0", {{1, ""}}},
};

struct panel {
	FILE *stream;
	const struct plot_picture *picture;
	enum plot_series series;
	struct unit unit;
	uint64_t largest;
	double y, step, top; /* of the picture; between two ticks and at the upper edge, in units */
};

/* 1, 2 or 5 times a power of ten, so that `about` of them or a few more make `range`. */
static double round_step(double range, unsigned int about)
{
	static const double factors[] = {1, 2, 5, 10};
	double power = 1e-9;

	while (power * 10 <= range / about)
		power *= 10;
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
		if (factors[i] * power >= range / about)
			return factors[i] * power;
	return 10 * power;
}

/* How many marks an axis of this length has after its first, which is 0. */
static unsigned int n_marks(double length, double step)
{
	return (unsigned int)(length / step * 1.0001);
}

static struct unit unit_of(enum plot_series series, uint64_t largest)
{
	struct unit unit = kinds[series].units[0];

	for (size_t i = 0; i < ARRAY_SIZE(kinds[series].units); i++)
		if (kinds[series].units[i].size > 0 && kinds[series].units[i].size <= largest)
			unit = kinds[series].units[i];
	return unit;
}

static struct panel panel_of(FILE *stream, const struct plot_picture *picture,
			     enum plot_series series)
{
	struct panel panel = {.stream = stream,
			      .picture = picture,
			      .series = series,
			      .y = TOP + (double)series * (PANEL + GAP)};
	double range;

	for (uint32_t i = 0; i < picture->n_points; i++)
		panel.largest = MAX(panel.largest, picture->points[i].values[series]);
	panel.unit = unit_of(series, panel.largest);
	range = panel.largest ? (double)panel.largest / (double)panel.unit.size : 1;
	panel.step = round_step(range, TICKS);
	/* No half bytes and no half processes. */
	if (panel.unit.size == 1 && panel.step < 1)
		panel.step = 1;
	while (panel.top < range)
		panel.top += panel.step;
	return panel;
}

static double x_of(const struct plot_picture *picture, uint64_t at_ns)
{
	return LEFT + (double)at_ns / (double)MAX(picture->end_ns, UINT64_C(1)) * INNER;
}

static double y_of(const struct panel *panel, double value)
{
	return panel->y + PANEL - value / panel->top * PANEL;
}

static void draw_line(FILE *stream, double x1, double y1, double x2, double y2, const char *style)
{
	(void)fprintf(stream, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=%s/>\n",
		      x1, y1, x2, y2, style);
}

static void draw_frame(const struct panel *panel)
{
	const char *space = panel->unit.name[0] ? " " : "";
	char text[96];
	int n = snprintf(text, sizeof(text), "%s, at most %.4g%s%s", kinds[panel->series].name,
			 (double)panel->largest / (double)panel->unit.size, space, panel->unit.name);

	(void)fprintf(panel->stream,
		      "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"#f7f7f7\"/>\n",
		      LEFT, panel->y, INNER, PANEL);
	svg_text(panel->stream, LEFT, panel->y - 8, INNER, "start", SVG_LABEL, text, (size_t)n);
	for (unsigned int i = 0; i <= n_marks(panel->top, panel->step); i++) {
		double value = i * panel->step, y = y_of(panel, value);

		draw_line(panel->stream, LEFT, y, LEFT + INNER, y, "\"#d9d9d9\"");
		n = snprintf(text, sizeof(text), "%.4g%s%s", value, value > 0 ? space : "",
			     value > 0 ? panel->unit.name : "");
		svg_text(panel->stream, LEFT - 8, y + 4, LEFT - 12, "end", SVG_NOTE, text,
			 (size_t)n);
	}
}

/* What begins at a step's first point: a line, and where it is alone a dot, since a line of one point is not seen. */
static void draw_curve(const struct panel *panel)
{
	const struct plot_picture *picture = panel->picture;
	const char *color = kinds[panel->series].color;

	for (uint32_t i = 0, end; i < picture->n_points; i = end) {
		const struct plot_point *first = &picture->points[i];

		(void)fprintf(panel->stream,
			      "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"",
			      color);
		for (end = i; end < picture->n_points && picture->points[end].step == first->step;
		     end++) {
			const struct plot_point *point = &picture->points[end];

			(void)fprintf(panel->stream, "%s%.1f,%.1f", end == i ? "" : " ",
				      x_of(picture, point->at_ns),
				      y_of(panel, (double)point->values[panel->series] /
							  (double)panel->unit.size));
		}
		(void)fputs("\"/>\n", panel->stream);
		if (end == i + 1)
			(void)fprintf(panel->stream,
				      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
				      x_of(picture, first->at_ns),
				      y_of(panel, (double)first->values[panel->series] /
							  (double)panel->unit.size),
				      color);
	}
}

static const struct plot_step *step_of(const struct plot_picture *picture, uint32_t step)
{
	for (uint32_t i = 0; i < picture->n_steps; i++)
		if (picture->steps[i].step == step)
			return &picture->steps[i];
	return NULL;
}

/* Invisible, and says what was used from here to the next. */
static void draw_hovers(const struct panel *panel)
{
	const struct plot_picture *picture = panel->picture;
	uint32_t every = (picture->n_points + HOVERS - 1) / HOVERS;
	const char *space = panel->unit.name[0] ? " " : "";
	char time[32];

	for (uint32_t i = 0; i < picture->n_points; i += every) {
		const struct plot_point *point = &picture->points[i];
		const struct plot_step *step = step_of(picture, point->step);
		double x = i == 0 ? LEFT : x_of(picture, point->at_ns);
		double end = i + every < picture->n_points ?
				     x_of(picture, picture->points[i + every].at_ns) :
				     LEFT + INNER;

		(void)fprintf(
			panel->stream,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill-opacity=\"0\"><title>",
			x, panel->y, MAX(end - x, 1.0), PANEL);
		if (step)
			svg_escape(panel->stream, step->name, strlen(step->name));
		(void)fprintf(panel->stream, "%sat %s: %.4g%s%s</title></rect>\n", step ? ", " : "",
			      svg_time(point->at_ns, time),
			      (double)point->values[panel->series] / (double)panel->unit.size,
			      space, panel->unit.name);
	}
}

/* Where a step begins in the panel. A line for each of a thousand would be a wall. */
static void draw_borders(const struct panel *panel)
{
	const struct plot_picture *picture = panel->picture;
	double before = LEFT;

	for (uint32_t i = 0; i < picture->n_steps; i++) {
		double x = x_of(picture, picture->steps[i].at_ns);

		if (x - before < APART)
			continue;
		draw_line(panel->stream, x, panel->y, x, panel->y + PANEL,
			  "\"#a6a6a6\" stroke-dasharray=\"4 3\"");
		before = x;
	}
}

/* Steps are named above the first panel where there is room. */
static void draw_names(FILE *stream, const struct plot_picture *picture)
{
	for (uint32_t i = 0; i < picture->n_steps; i++) {
		double x = x_of(picture, picture->steps[i].at_ns);
		double end = i + 1 < picture->n_steps ? x_of(picture, picture->steps[i + 1].at_ns) :
							LEFT + INNER;

		if (end - x >= NARROW)
			svg_text(stream, x, TOP - 26, end - x - 8, "start", SVG_NOTE,
				 picture->steps[i].name, strlen(picture->steps[i].name));
	}
}

static void draw_times(FILE *stream, const struct plot_picture *picture)
{
	double y = TOP + PLOT_SERIES * (double)(PANEL + GAP) - GAP;
	uint64_t end_ns = MAX(picture->end_ns, UINT64_C(1));
	struct unit unit = unit_of(PLOT_CPU, end_ns);
	double end = (double)end_ns / (double)unit.size, step = round_step(end, TIME_TICKS);

	for (unsigned int i = 0; i <= n_marks(end, step); i++) {
		double at = i * step, x = LEFT + at / end * INNER;
		char text[32];
		int n = snprintf(text, sizeof(text), "%.6g %s", at, unit.name);

		draw_line(stream, x, y, x, y + 5, "\"#595959\"");
		svg_text(stream, x, y + 20, 100, "middle", SVG_NOTE, text, (size_t)n);
	}
}

void plot_svg_write(FILE *stream, const struct plot_picture *picture, const char *title)
{
	char note[128], time[32];

	(void)snprintf(note, sizeof(note),
		       "What was used in %s, by %" PRIu32
		       " samples. Point at a curve for its value.",
		       svg_time(picture->end_ns, time), picture->n_points);
	svg_begin(stream, WIDTH, TOP + PLOT_SERIES * (double)(PANEL + GAP) - 4, title, note);
	for (enum plot_series series = 0; series < PLOT_SERIES; series++) {
		struct panel panel = panel_of(stream, picture, series);

		draw_frame(&panel);
		draw_borders(&panel);
		draw_curve(&panel);
		draw_hovers(&panel);
	}
	draw_names(stream, picture);
	draw_times(stream, picture);
	svg_end(stream);
}
