/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The few shapes that our pictures are made of, as SVG 1.1 without scripts, styles from elsewhere or fonts to fetch. */

#include <stddef.h>
#include <stdio.h>

/* Opens a picture of this many pixels with a title, which is escaped. */
void svg_begin(FILE *stream, double width, double height, const char *title);
void svg_end(FILE *stream);

/* Text of anybody's: what XML does not allow is spelled. `anchor`: "start", "middle" or "end". */
void svg_text(FILE *stream, double x, double y, const char *anchor, const char *data, size_t size);

/* Character data, escaped, for what stands between tags. */
void svg_escape(FILE *stream, const char *data, size_t size);
