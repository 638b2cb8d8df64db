/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Listing shows what cannot be loaded too, with the reason: a policy or a schedule that silently is not there is the harder puzzle. What a
 * row has is the noun's own business.
 */

#include "tools/assay/listing.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "tools/assay/complain.h"
#include "tools/assay/json-line.h"
#include "tools/assay/show.h"
#include "tools/assay/subverb.h"

int listing_add_fault(struct table *table, const struct fault *fault)
{
	int r = table_add(table, TERM_RED, "BROKEN");

	return r < 0 ? r : table_add(table, TERM_PLAIN, fault->text);
}

static int head_add(const struct listing_kind *kind, struct table *table)
{
	int r = 0;

	table->n_columns = kind->n_titles;
	if (kind->right > 0)
		table->right[kind->right] = true;
	for (size_t i = 0; r == 0 && i < kind->n_titles; i++)
		r = table_add(table, TERM_DIM, kind->titles[i]);
	return r;
}

int listing_print(const struct listing_kind *kind, const struct listing_options *options,
		  char *const *names)
{
	_cleanup_table_ struct table table = {.cells = NULL};
	json_t *array = options->json ? json_array() : NULL;
	struct term term = term_of(stdout, options->color);
	bool broken = false;
	int status = EXIT_OK, r = head_add(kind, &table);

	for (; r == 0 && names && *names; names++)
		r = kind->add(*names, &table, array, &broken);
	if (r < 0) {
		complain(kind->verb, "out of memory");
		status = EXIT_INTERNAL;
	} else if (array) {
		status = json_line_print(kind->verb,
					 json_pack("{s:i, s:O}", "version", 1, kind->plural, array));
	} else {
		table_write(&table, &term);
	}
	json_decref(array);
	return status == EXIT_OK && broken ? EXIT_NEGATIVE : status;
}

static bool check_one(const char *file, int (*check)(const char *file, struct fault *fault))
{
	struct fault fault = {0};
	bool good = check(file, &fault) == 0;
	const char *text = good ? file : fault.text;

	show_write(stdout, text, strlen(text), SHOW_LINE);
	(void)fputs(good ? ": ok\n" : "\n", stdout);
	return good;
}

int listing_check(const char *verb, const struct option_table *table, int argc, char **argv,
		  int (*check)(const char *file, struct fault *fault))
{
	struct listing_options options = {.json = false};
	_cleanup_strv_ char **operands = NULL;
	int status = subverb_parse(verb, table, argc, argv, 1, SIZE_MAX, &options, &operands);

	if (status >= 0)
		return status;
	status = EXIT_OK;
	for (char **file = operands; *file; file++)
		if (!check_one(*file, check))
			status = EXIT_NEGATIVE;
	return status;
}
