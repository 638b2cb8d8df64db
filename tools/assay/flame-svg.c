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
	MARGIN = 10,
	ROW = 18,
	TOP = 40,
	DEPTH_MAX = 64,
	LETTER = 7, /* about as wide as one of 12 pixels */
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

static unsigned int color_of(const char *name, size_t size)
{
	unsigned int hash = 5381;

	for (size_t i = 0; i < size; i++)
		hash = hash * 33 + (unsigned char)name[i];
	return hash % 60;
}

static void draw_block(const struct picture *picture, const char *key, size_t size,
		       unsigned int depth, uint64_t at, uint64_t ns)
{
	const char *semicolon = memrchr(key, ';', size), *name = semicolon ? semicolon + 1 : key;
	size_t length = size - (size_t)(name - key);
	double x = MARGIN + (double)at * picture->scale, width = (double)ns * picture->scale;
	double y = TOP + (double)(picture->depths - depth) * ROW;

	if (width < 0.3)
		return;
	(void)fprintf(picture->stream, "<g><title>");
	svg_escape(picture->stream, key, size);
	(void)fprintf(
		picture->stream,
		": %.3f ms, %.2f%%</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"hsl(%u,85%%,65%%)\" stroke=\"#ffffff\" stroke-width=\"0.5\"/>",
		(double)ns / 1e6, 100.0 * (double)ns / (double)picture->total, x, y, width, ROW - 1,
		color_of(name, length));
	if (width > 3 * LETTER)
		svg_text(picture->stream, x + 3, y + ROW - 5, "start", name,
			 MIN(length, (size_t)(width / LETTER)));
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
		if (size > 0)
			draw_block(picture, tally->rows[i].key, size, depth, at, ns);
		at += ns;
		i = end;
	}
}

int flame_svg_write(FILE *stream, struct tally *tally, const char *title)
{
	struct picture picture = {.stream = stream, .depths = 1};
	char text[128];

	if (tally->others.ns) {
		struct tally_row *row = tally_row(tally, "(others)", 8);

		row->ns += tally->others.ns;
	}
	tally_sort(tally, offsetof(struct tally_row, ns));
	if (tally->n > 0)
		qsort(tally->rows, tally->n, sizeof(*tally->rows), compare_keys);
	for (uint32_t i = 0; i < tally->n; i++) {
		picture.total += tally->rows[i].ns;
		while (picture.depths < DEPTH_MAX && prefix_of(&tally->rows[i], picture.depths + 1))
			picture.depths++;
	}
	picture.scale = (WIDTH - 2.0 * MARGIN) / (double)MAX(picture.total, UINT64_C(1));
	svg_begin(stream, WIDTH, TOP + (picture.depths + 1.0) * ROW, title);
	int n = snprintf(text, sizeof(text), "%.3f ms of threads' time, by step, program and call",
			 (double)picture.total / 1e6);
	svg_text(stream, MARGIN, 24, "start", text, (size_t)n);
	for (unsigned int depth = 1; depth <= picture.depths; depth++)
		draw_depth(&picture, tally, depth);
	svg_end(stream);
	return ferror(stream) ? -EIO : 0;
}
