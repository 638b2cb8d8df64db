/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A verb of verbs (`assay policy list`): the second word chooses a row of a table, each row has its own options and help. */

#include <stddef.h>

#include "tools/assay/options.h"
#include "tools/assay/verb.h"

struct subverbs {
	const char *verb;		 /* what complaints begin with: "policy" */
	const struct option_table *help; /* of the verb itself: usage and intro */
	const struct verb *rows;
	size_t n_rows;
};

/* Runs the row that argv[1] names, or prints the help text. Prints its own errors; returns the exit status. */
int subverbs_run(const struct subverbs *verbs, int argc, char **argv);

/*
 * Parses the options of one row into `to` and expects `min` to `max` operands. -1 when the verb is to go on; else the exit status,
 * with a complaint that begins with `verb`. The caller frees *ret_operands with strv_free.
 */
int subverb_parse(const char *verb, const struct option_table *table, int argc, char **argv,
		  size_t min, size_t max, void *to, char ***ret_operands);
