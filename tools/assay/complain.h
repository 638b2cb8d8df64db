/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a program says on stderr when something is wrong: one line, "assay VERB: sentence". */

#include "lib/base/mem.h"

/*
 * Prints the line. Names and values that the sentence quotes may come from anywhere: what a terminal would act on is
 * escaped. `verb` may be NULL. The format has no newline at its end.
 */
void complain(const char *verb, const char *format, ...) _printf_(2, 3);
