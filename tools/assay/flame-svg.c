/* SPDX-License-Identifier: Apache-2.0 */

/*
 * With the stacks in order of their names, every block of the picture is a run of neighbours that begin alike. So no tree is built: for each
 * depth the rows are walked once, and where the beginning changes a block ends. Blocks too narrow to be seen are left out.
 */

#include "tools/assay/flame-svg.h"

#include <errno.h>
#include <string.h>

#include "tools/assay/svg.h"

enum {
	WIDTH = 1200,
	MARGIN = SVG_MARGIN,
	ROW = 20,
	TOP = SVG_HEAD + 22,
	DEPTH_MAX = 64,
};

/* How long the key's beginning of `depth` names is; 0 when it has fewer. */
static size_t prefix_of(const struct tally_row *row, unsigned int depth)
{
	unsigned int names = 1;

	for (size_t i = 0; i < row->key_size; i++) {
		if (row->key[i] != ';')
			continue;
		if (names == depth)
			return i;
		names++;
	}
	return names == depth ? row->key_size : 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct tally_row *)a)->key, ((const struct tally_row *)b)->key);
}

struct picture {
	FILE *stream;
	double scale; /* pixels a ns */
	uint64_t total;
	unsigned int depths;
};

/* What a block is: the outermost names are steps, the innermost calls. */
enum what { STEP, PROGRAM, CALL };

static const struct {
	const char *name;
	unsigned int hue, spread, saturation, lightness; /* of its color; names differ by `spread` */
} kinds[] = {
	[STEP] = {"step", 205, 30, 35, 80},
	[PROGRAM] = {"program", 28, 34, 85, 72},
	[CALL] = {"call, with the time since the event before it", 90, 60, 45, 78},
};

static void put_color(FILE *stream, enum what what, const char *name, size_t size)
{
	unsigned int hash = 5381;

	for (size_t i = 0; i < size; i++)
		hash = hash * 33 + (unsigned char)name[i];
	(void)fprintf(stream,
		      " fill=\"hsl(%u,%u%%,%u%%)\" stroke=\"#ffffff\" stroke-width=\"0.5\"/>",
		      kinds[what].hue + hash % kinds[what].spread, kinds[what].saturation,
		      kinds[what].lightness);
}

static void draw_block(const struct picture *picture, const char *key, size_t size, enum what what,
		       unsigned int depth, uint64_t at, uint64_t ns)
{
	const char *semicolon = memrchr(key, ';', size), *name = semicolon ? semicolon + 1 : key;
	size_t length = size - (size_t)(name - key);
	double x = MARGIN + (double)at * picture->scale, width = (double)ns * picture->scale;
	double y = TOP + (double)(picture->depths - depth) * ROW;
	char time[32];

	if (width < 0.3)
		return;
	(void)fputs("<g><title>", picture->stream);
	svg_escape(picture->stream, key, size);
	(void)fprintf(picture->stream,
		      ": %s, %.2f%%</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"",
		      svg_time(ns, time), 100.0 * (double)ns / (double)picture->total, x, y, width,
		      ROW - 1);
	put_color(picture->stream, what, name, length);
	svg_text(picture->stream, x + 3, y + ROW - 6, width - 6, "start", SVG_LABEL, name, length);
	(void)fputs("</g>\n", picture->stream);
}

static void draw_depth(const struct picture *picture, const struct tally *tally, unsigned int depth)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < tally->n;) {
		size_t size = prefix_of(&tally->rows[i], depth);
		uint64_t ns = tally->rows[i].ns;
		uint32_t end = i + 1;

		while (size > 0 && end < tally->n && prefix_of(&tally->rows[end], depth) == size &&
		       memcmp(tally->rows[end].key, tally->rows[i].key, size) == 0)
			ns += tally->rows[end++].ns;
		/* A call is a whole key; but a program may be one too, when it made a child. */
		if (size > 0)
			draw_block(picture, tally->rows[i].key, size,
				   depth == 1			   ? STEP :
				   size == tally->rows[i].key_size ? CALL :
								     PROGRAM,
				   depth, at, ns);
		at += ns;
		i = end;
	}
}

static void draw_legend(FILE *stream)
{
	double x = MARGIN;

	for (enum what what = STEP; what <= CALL; what++) {
		(void)fprintf(stream, "<rect x=\"%.1f\" y=\"%d\" width=\"12\" height=\"12\"", x,
			      SVG_HEAD - 4);
		put_color(stream, what, "", 0);
		svg_text(stream, x + 18, SVG_HEAD + 6, WIDTH, "start", SVG_NOTE, kinds[what].name,
			 strlen(kinds[what].name));
		x += 100;
	}
}

/* How much there is to draw. What found no row of its own is one block beside the rest. */
static void measure(struct picture *picture, const struct tally *tally)
{
	picture->total = tally->others.ns;
	for (uint32_t i = 0; i < tally->n; i++) {
		picture->total += tally->rows[i].ns;
		while (picture->depths < DEPTH_MAX && prefix_of(&tally->rows[i], picture->depths + 1))
			picture->depths++;
	}
	picture->scale = (WIDTH - 2.0 * MARGIN) / (double)MAX(picture->total, UINT64_C(1));
}

void flame_svg_write(FILE *stream, struct tally *tally, const char *title)
{
	struct picture picture = {.stream = stream, .depths = 1};
	char text[128], time[32];

	tally_sort(tally, offsetof(struct tally_row, ns));
	if (tally->n > 0)
		qsort(tally->rows, tally->n, sizeof(*tally->rows), compare_keys);
	measure(&picture, tally);
	if (picture.total > 0)
		(void)snprintf(
			text, sizeof(text),
			"Where %s of threads' time went, waiting included. Point at a block for its name and time.",
			svg_time(picture.total, time));
	else
		(void)snprintf(text, sizeof(text), "Between the events of this trace is no time.");
	svg_begin(stream, WIDTH, TOP + (picture.depths + 0.5) * ROW, title, text);
	if (picture.total > 0)
		draw_legend(stream);
	for (unsigned int depth = 1; depth <= picture.depths; depth++)
		draw_depth(&picture, tally, depth);
	draw_block(&picture, "(others)", strlen("(others)"), STEP, 1,
		   picture.total - tally->others.ns, tally->others.ns);
	svg_end(stream);
}
