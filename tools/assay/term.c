/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Colours help a person and hurt a program that reads the output, so they appear on a terminal only, unless asked
 * for. NO_COLOR (any value but the empty one) and TERM=dumb turn them off in the automatic mode; an explicit --color
 * wins over both, as https://no-color.org has it. Only the eight basic colours are used: every terminal's theme makes those
 * readable on its own background.
 */

#include "tools/assay/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80 };

static bool wants_color(enum term_color color, bool is_terminal)
{
	const char *no_color = getenv("NO_COLOR"), *name = getenv("TERM");

	if (color != TERM_COLOR_AUTO)
		return color == TERM_COLOR_ALWAYS;
	return is_terminal && !(no_color && *no_color) && name && strcmp(name, "dumb") != 0;
}

static unsigned columns_of(int fd, bool is_terminal)
{
	struct winsize size = {0};

	if (!is_terminal || ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

struct term term_of(FILE *stream, enum term_color color)
{
	int fd = fileno(stream);
	bool is_terminal = fd >= 0 && isatty(fd) == 1;

	return (struct term){
		.stream = stream,
		.is_terminal = is_terminal,
		.color = wants_color(color, is_terminal),
		.columns = columns_of(fd, is_terminal),
	};
}

const char *term_style(const struct term *term, enum term_style style)
{
	static const char *const sequences[TERM_STYLE_MAX] = {
		[TERM_PLAIN] = "\033[0m",    [TERM_BOLD] = "\033[1m",	[TERM_DIM] = "\033[2m",
		[TERM_RED] = "\033[31m",     [TERM_GREEN] = "\033[32m", [TERM_YELLOW] = "\033[33m",
		[TERM_MAGENTA] = "\033[35m",
	};

	return term->color ? sequences[style] : "";
}
