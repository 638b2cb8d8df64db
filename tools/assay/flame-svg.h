/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A flame graph from folded stacks. */

#include <stdio.h>

#include "tools/assay/tally.h"

/*
 * Draws rows whose keys are names between semicolons, the outermost first, as wide as their `ns`. Sorts the rows by key. Errors of the
 * stream stay in it.
 */
void flame_svg_write(FILE *stream, struct tally *tally, const char *title);
