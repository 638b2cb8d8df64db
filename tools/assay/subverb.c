/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What verbs of verbs share: finding the row, saying which one was probably meant when there is none, one help text that lists
 * the rows, and the number of operands. What a row does is its own business.
 */

#include "tools/assay/subverb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "tools/assay/complain.h"

int subverb_parse(const char *verb, const struct option_table *table, int argc, char **argv,
		  size_t min, size_t max, void *to, char ***ret_operands)
{
	char error[OPTIONS_ERROR_BYTES];
	char **operands = NULL;
	int r = options_parse(table, argc, argv, to, &operands, error, sizeof(error));

	if (r == 1)
		return EXIT_OK;
	if (r == 0 && strv_length(operands) >= min && strv_length(operands) <= max) {
		*ret_operands = operands;
		return -1;
	}
	if (r == 0)
		complain(verb, "%s: usage: %s", argv[0], table->usage);
	else
		complain(verb, "%s", r == -ENOMEM ? "out of memory" : error);
	(void)strv_free(operands);
	return r == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
}

static void print_help(const struct subverbs *verbs, FILE *stream)
{
	options_help(verbs->help, stream);
	(void)fputs("\nverbs:\n", stream);
	for (size_t i = 0; i < verbs->n_rows; i++)
		options_help_item(stream, verbs->rows[i].name, verbs->rows[i].summary);
}

static int unknown_verb(const struct subverbs *verbs, const char *name)
{
	const char *nearest =
		options_nearest(name, verbs->rows, verbs->n_rows, sizeof(*verbs->rows));

	if (nearest)
		complain(verbs->verb, "there is no verb '%s': did you mean '%s'?", name, nearest);
	else
		complain(verbs->verb, "there is no verb '%s'; usage: %s", name, verbs->help->usage);
	return EXIT_USAGE;
}

int subverbs_run(const struct subverbs *verbs, int argc, char **argv)
{
	if (argc < 2) {
		complain(verbs->verb, "usage: %s; try `assay %s --help`", verbs->help->usage,
			 verbs->verb);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < verbs->n_rows; i++)
		if (strcmp(argv[1], verbs->rows[i].name) == 0)
			return verbs->rows[i].run(argc - 1, argv + 1);
	if (strcmp(argv[1], "--help") == 0) {
		print_help(verbs, stdout);
		return EXIT_OK;
	}
	return unknown_verb(verbs, argv[1]);
}
