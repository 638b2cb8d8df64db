/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A picture is opened in a browser, and names in it are a stranger's: so every text passes through svg_escape(), which leaves no
 * markup, and the file has neither script nor reference.
 */

#include "tools/assay/svg.h"

#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

void svg_escape(FILE *stream, const char *data, size_t size)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
	char text[1024];
	size_t n = escape_line(text, sizeof(text), data, size);

	for (size_t i = 0; i < n; i++) {
		const char *entity = NULL;

		for (size_t j = 0; j < ARRAY_SIZE(entities); j++)
			if (entities[j].c == text[i])
				entity = entities[j].entity;
		if (entity)
			(void)fputs(entity, stream);
		else
			(void)fputc(text[i], stream);
	}
}

void svg_begin(FILE *stream, double width, double height, const char *title)
{
	(void)fprintf(
		stream,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"12\">\n<title>",
		width, height, width, height);
	svg_escape(stream, title, strlen(title));
	(void)fputs("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", stream);
}

void svg_end(FILE *stream)
{
	(void)fputs("</svg>\n", stream);
}

void svg_text(FILE *stream, double x, double y, const char *anchor, const char *data, size_t size)
{
	(void)fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	svg_escape(stream, data, size);
	(void)fputs("</text>\n", stream);
}
