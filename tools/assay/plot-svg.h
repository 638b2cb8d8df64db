/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Curves over time, from samples of a trace. */

#include <stdint.h>
#include <stdio.h>

enum { PLOT_POINTS_MAX = 4096, PLOT_STEPS_MAX = 256, PLOT_NAME_BYTES = 64 };

enum plot_series { PLOT_MEMORY, PLOT_CPU, PLOT_GAS, PLOT_PROCESSES, PLOT_SERIES };

struct plot_point {
	uint32_t step;			     /* curves of two steps are apart */
	uint64_t at_ns, values[PLOT_SERIES]; /* bytes, ns, units, count */
};

/* Where a step begins. */
struct plot_step {
	uint32_t step;
	uint64_t at_ns;
	char name[PLOT_NAME_BYTES]; /* a stranger's; cut */
};

struct plot_picture {
	struct plot_point points[PLOT_POINTS_MAX]; /* by time within a step */
	struct plot_step steps[PLOT_STEPS_MAX];	   /* the first ones */
	uint32_t n_points, n_steps;
	uint64_t end_ns;
};

/* Draws a picture with at least one point. Errors of the stream stay in it. */
void plot_svg_write(FILE *stream, const struct plot_picture *picture, const char *title);
