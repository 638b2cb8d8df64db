/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The few shapes that our pictures are made of, as SVG 1.1 without scripts, styles from elsewhere or fonts to fetch. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SVG_MARGIN = 20, SVG_HEAD = 62 }; /* pixels; SVG_HEAD: what title and note take at the top */

enum svg_style {
	SVG_LABEL, /* what stands in or beside a shape */
	SVG_TITLE, /* large */
	SVG_NOTE,  /* grey */
};

/* Opens a picture of this many pixels, with a title and what it shows in a sentence, both written at its top. Both are escaped. */
void svg_begin(FILE *stream, double width, double height, const char *title, const char *note);
void svg_end(FILE *stream);

/*
 * Text of anybody's at a place, at most `width` pixels wide: what does not fit is cut and ends in an ellipsis. What XML does not allow is
 * spelled. `anchor`: "start", "middle" or "end".
 */
void svg_text(FILE *stream, double x, double y, double width, const char *anchor,
	      enum svg_style style, const char *data, size_t size);

/* Character data, escaped, for what stands between tags. */
void svg_escape(FILE *stream, const char *data, size_t size);

/* "1.234 s", "5.678 ms", "9.0 us": a length of time for people. `buffer` has 32 bytes; returns it. */
const char *svg_time(uint64_t ns, char buffer[static 32]);
