/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The options of a verb as a table: one row an option, from which parsing, its errors and `--help` all follow. A new
 * option is one row. Only long options exist; the value of one follows as `--name=VALUE` or `--name VALUE`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/mem.h"

enum option_kind {
	OPTION_FLAG,  /* no value; sets a bool */
	OPTION_TEXT,  /* sets a const char * into argv; given twice is an error */
	OPTION_LIST,  /* appends a copy to a char ** (lib/base/strv.h) */
	OPTION_PARSE, /* `parse` reads the value into the field; may be given several times */
};

struct option_row {
	const char *name;
	const char *value;   /* what the help calls its value, "FILE"; NULL with OPTION_FLAG */
	const char *summary; /* a sentence or two, wrapped by the help text; NULL: not shown there */
	enum option_kind kind;
	size_t offset; /* of the field in the verb's own struct */
	/*
	 * 0, or -errno with a sentence in `error` that says what is wrong with the value and what was expected.
	 * The option's name is put before it.
	 */
	int (*parse)(void *field, const char *text, char *error, size_t error_size);
};

struct option_table {
	const char *usage; /* "assay run [OPTIONS] FILE...": the first line of the help text */
	const char *intro; /* a paragraph or several, "\n\n" between them */
	const struct option_row *rows;
	size_t n_rows;
	void (*outro)(FILE *stream); /* writes what follows the options; may be NULL */
	bool takes_operands;	     /* false: an operand is an error */
};

enum { OPTIONS_ERROR_BYTES = 512 }; /* one sentence with a name and a value of ordinary length */

/*
 * Parses argv[1..] (argv[0] is the verb). Options and operands may be mixed until `--`; after it all are operands.
 * `target` is the verb's struct that the rows' offsets belong to. `--help` prints the help text on stdout.
 *
 * Returns 0; 1 when --help was asked for and printed (the verb returns EXIT_OK); -EINVAL or what a parse function
 * returned, with a sentence in `error`; -ENOMEM. *ret_operands (strv, owned by the caller, NULL when there are none)
 * is written on 0 only; `ret_operands` may be NULL when takes_operands is false. After a failure the lists in
 * `target` hold what was parsed so far: the caller frees them in every case.
 */
int options_parse(const struct option_table *table, int argc, char **argv, void *target,
		  char ***ret_operands, char *error, size_t error_size);

/* Writes the help text: at most 80 columns whatever the terminal's width, so that it reads the same everywhere. */
void options_help(const struct option_table *table, FILE *stream);

/* Pieces of a help text: paragraphs ("\n\n" between them), and a name with its explanation beside or below it. */
void options_help_text(FILE *stream, const char *text);
void options_help_item(FILE *stream, const char *name, const char *explanation);

/*
 * The one of `n` names that is nearest to `text`, or NULL when none is near enough to be what was meant. `names` is
 * the first member of an array of structs of `stride` bytes that begin with a const char * (which may be NULL).
 * Distance: insertions, deletions, changes and swaps of neighbours (optimal string alignment).
 */
const char *options_nearest(const char *text, const void *names, size_t n, size_t stride);

/* The parse function of `--color=auto|always|never`; the field is an enum term_color. */
int options_parse_color(void *field, const char *text, char *error, size_t error_size);
