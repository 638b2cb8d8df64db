/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every verb handles an error once, here, in one line that a script can find by its prefix. File names are chosen by
 * whoever made the file, so the whole sentence is escaped, not only the parts that somebody thought of; a name with a
 * newline in it cannot forge a second line. The line is written by one call, so that two runs that
 * share a terminal do not mix theirs.
 */

#include "tools/assay/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/assay/show.h"

void complain(const char *verb, const char *format, ...)
{
	_cleanup_free_ char *sentence = NULL, *line = NULL;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&sentence, format, args);
	va_end(args);
	if (n < 0) {
		sentence = NULL; /* undefined after a failure */
		(void)fputs("assay: out of memory\n", stderr);
		return;
	}
	line = show_copy(sentence, strlen(sentence), SHOW_LINE);
	(void)fprintf(stderr, "assay%s%s: %s\n", verb ? " " : "", verb ? verb : "",
		      line ? line : "out of memory");
}
