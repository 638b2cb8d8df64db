/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the nouns that live in files share (policies, gas schedules): `list`, as a table or as JSON, and `check`. */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lib/base/fault.h"
#include "tools/assay/options.h"
#include "tools/assay/table.h"
#include "tools/assay/term.h"

struct listing_options {
	bool json;
	enum term_color color;
};

/* The rows of an option table for struct listing_options; `help` says what --json prints. */
#define LISTING_JSON_ROW(help)                                                                \
	{                                                                                     \
		"json", NULL, help, OPTION_FLAG, offsetof(struct listing_options, json), NULL \
	}
#define LISTING_COLOR_ROW                                                                          \
	{                                                                                          \
		"color", "auto|always|never", "Default: on a terminal, unless NO_COLOR is set.",   \
			OPTION_PARSE, offsetof(struct listing_options, color), options_parse_color \
	}

/* A kind of thing that is listed. */
struct listing_kind {
	const char *verb;   /* that complains */
	const char *plural; /* the member of the JSON object */
	const char *const *titles;
	size_t n_titles;
	size_t right; /* the column that is aligned to the right, or 0 */
	/* Adds a row, or, when `array` is not NULL, an object to it; *broken when the thing could not be loaded. 0 or -ENOMEM. */
	int (*add)(const char *name, struct table *table, json_t *array, bool *broken);
};

/* Lists `names` (NULL: none). An exit status: EXIT_NEGATIVE when one could not be loaded. */
int listing_print(const struct listing_kind *kind, const struct listing_options *options,
		  char *const *names);

/* A cell of a broken thing: its fault. 0 or -ENOMEM. */
int listing_add_fault(struct table *table, const struct fault *fault);

/* The verb `check FILE...`: for each file "FILE: ok", or what is wrong with it. An exit status. */
int listing_check(const char *verb, const struct option_table *table, int argc, char **argv,
		  int (*check)(const char *file, struct fault *fault));
