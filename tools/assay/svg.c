/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A picture is opened in a browser, and names in it are a stranger's: so every text passes through svg_escape(), which leaves no
 * markup, and the file has neither script nor reference.
 *
 * Nobody knows the font that a browser takes, so widths of text are guessed from above. That is more than most fonts need on average.
 */

#include "tools/assay/svg.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

static const struct {
	double letter; /* pixels */
	const char *attributes;
} styles[] = {
	[SVG_LABEL] = {7.2, " fill=\"#1a1a1a\""},
	[SVG_TITLE] = {12, " font-size=\"16\" font-weight=\"bold\" fill=\"#1a1a1a\""},
	[SVG_NOTE] = {7.2, " fill=\"#595959\""},
};

static void put_escaped(FILE *stream, const char *text, size_t n)
{
	static const char *const entities[] = {
		['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;", ['\''] = "&#39;"};

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ARRAY_SIZE(entities) && entities[c])
			(void)fputs(entities[c], stream);
		else
			(void)fputc(c, stream);
	}
}

void svg_escape(FILE *stream, const char *data, size_t size)
{
	char text[1024];

	put_escaped(stream, text, escape_line(text, sizeof(text), data, size));
}

void svg_begin(FILE *stream, double width, double height, const char *title, const char *note)
{
	(void)fprintf(
		stream,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"12\">\n<title>",
		width, height, width, height);
	svg_escape(stream, title, strlen(title));
	(void)fputs("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", stream);
	svg_text(stream, SVG_MARGIN, 28, width - 2.0 * SVG_MARGIN, "start", SVG_TITLE, title,
		 strlen(title));
	svg_text(stream, SVG_MARGIN, 46, width - 2.0 * SVG_MARGIN, "start", SVG_NOTE, note,
		 strlen(note));
}

void svg_end(FILE *stream)
{
	(void)fputs("</svg>\n", stream);
}

/* Where a text has to be cut so that an ellipsis fits behind it; its length when all of it fits. */
static size_t fitting(const char *text, size_t n, size_t columns)
{
	size_t at = 0, cut = 0;

	for (size_t column = 0; at < n; column++) {
		if (column + 1 == columns)
			cut = at;
		if (column == columns)
			return cut;
		at += MAX(utf8_length(text + at, n - at), (size_t)1);
	}
	return n;
}

void svg_text(FILE *stream, double x, double y, double width, const char *anchor,
	      enum svg_style style, const char *data, size_t size)
{
	char text[1024];
	size_t n = escape_line(text, sizeof(text), data, size);
	size_t columns = width > 0 ? (size_t)(width / styles[style].letter) : 0;
	size_t cut = fitting(text, n, columns);

	if (columns < 2 && cut < n)
		return;
	(void)fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor,
		      styles[style].attributes);
	put_escaped(stream, text, cut);
	(void)fputs(cut < n ? "\xE2\x80\xA6</text>\n" : "</text>\n", stream);
}

const char *svg_time(uint64_t ns, char buffer[static 32])
{
	if (ns >= UINT64_C(1000000000))
		(void)snprintf(buffer, 32, "%.3f s", (double)ns / 1e9);
	else if (ns >= 1000000)
		(void)snprintf(buffer, 32, "%.3f ms", (double)ns / 1e6);
	else
		(void)snprintf(buffer, 32, "%.1f us", (double)ns / 1e3);
	return buffer;
}
