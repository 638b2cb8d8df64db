/* SPDX-License-Identifier: Apache-2.0 */

/*
 * getopt_long(3) prints its own errors, which say neither what a value should look like nor which option was meant,
 * and keeps its help text elsewhere. Here one table drives parsing, errors and help, so that they cannot disagree.
 *
 * The rules are those that people expect of GNU programs: `--name=value` and `--name value`, options after operands,
 * `--` ends them. Two are stricter, since scripts outlive versions: names are never abbreviated (a new option would change
 * what an abbreviation means), and an option that takes one value is not silently overridden by a second one. A value is
 * whatever follows its option, even when it begins with a dash: `--arg -n` hands -n to the program.
 */

#include "tools/assay/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/strv.h"
#include "tools/assay/term.h"

enum {
	HELP_COLUMNS = 80,
	HELP_INDENT = 26,	/* where explanations begin */
	NEAREST_BYTES_MAX = 32, /* longer texts are no misspelling of an option */
};

struct parser {
	const struct option_table *table;
	int argc, next;
	char **argv;
	void *target;
	char **operands; /* owned */
	char *error;
	size_t error_size;
};

static _printf_(2, 3) int refuse(struct parser *parser, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(parser->error, parser->error_size, format, args);
	va_end(args);
	return -EINVAL;
}

static const struct option_row *find_row(const struct option_table *table, const char *name,
					 size_t length)
{
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct option_row *row = &table->rows[i];

		if (strncmp(row->name, name, length) == 0 && row->name[length] == '\0')
			return row;
	}
	return NULL;
}

static int refuse_unknown(struct parser *parser, const char *word, size_t name_length)
{
	char name[NEAREST_BYTES_MAX + 1];

	(void)snprintf(name, sizeof(name), "%.*s", (int)MIN(name_length, sizeof(name)), word + 2);
	const char *nearest = options_nearest(name, parser->table->rows, parser->table->n_rows,
					      sizeof(struct option_row));
	if (nearest)
		return refuse(parser, "there is no option --%s; did you mean --%s?", name, nearest);
	return refuse(parser, "there is no option --%s; --help lists them", name);
}

static int set_text(struct parser *parser, const struct option_row *row, const char *value)
{
	const char **field = (const char **)((char *)parser->target + row->offset);

	if (*field)
		return refuse(parser, "--%s is given twice, and takes one %s", row->name,
			      row->value);
	*field = value;
	return 0;
}

static int set_list(struct parser *parser, const struct option_row *row, const char *value)
{
	return strv_append((char ***)((char *)parser->target + row->offset), value);
}

static int set_parsed(struct parser *parser, const struct option_row *row, const char *value)
{
	char why[OPTIONS_ERROR_BYTES] = "";
	int r = row->parse((char *)parser->target + row->offset, value, why, sizeof(why));

	if (r < 0)
		(void)refuse(parser, "--%s: %s", row->name, why);
	return r;
}

/* Finds the value of the option `row`: after '=' or in the next argument. */
static int take_value(struct parser *parser, const struct option_row *row, const char *equals,
		      const char **ret_value)
{
	if (equals) {
		*ret_value = equals + 1;
		return 0;
	}
	if (parser->next >= parser->argc)
		return refuse(parser, "--%s needs a value: --%s %s", row->name, row->name,
			      row->value);
	*ret_value = parser->argv[parser->next++];
	return 0;
}

static int parse_option(struct parser *parser, const char *word)
{
	static int (*const set[])(struct parser *, const struct option_row *, const char *) = {
		[OPTION_TEXT] = set_text,
		[OPTION_LIST] = set_list,
		[OPTION_PARSE] = set_parsed,
	};
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) - 2 : strlen(word + 2);
	const struct option_row *row = find_row(parser->table, word + 2, length);
	const char *value = NULL;

	if (!row)
		return refuse_unknown(parser, word, length);
	if (row->kind == OPTION_FLAG) {
		if (equals)
			return refuse(parser, "--%s takes no value", row->name);
		*(bool *)((char *)parser->target + row->offset) = true;
		return 0;
	}
	int r = take_value(parser, row, equals, &value);

	return r < 0 ? r : set[row->kind](parser, row, value);
}

static int parse_operand(struct parser *parser, const char *word)
{
	if (!parser->table->takes_operands)
		return refuse(parser, "takes no operand, and '%s' is one", word);
	return strv_append(&parser->operands, word);
}

static int parse_word(struct parser *parser, const char *word)
{
	if (word[0] != '-' || word[1] == '\0')
		return parse_operand(parser, word);
	if (word[1] != '-')
		return refuse(parser,
			      "there is no option %s (options begin with two dashes, --help lists "
			      "them); a file of that name is written ./%s",
			      word, word);
	return parse_option(parser, word);
}

static int parse_words(struct parser *parser)
{
	int r = 0;

	while (r == 0 && parser->next < parser->argc) {
		const char *word = parser->argv[parser->next++];

		if (strcmp(word, "--") == 0)
			break;
		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			options_help(parser->table, stdout);
			return 1;
		}
		r = parse_word(parser, word);
	}
	while (r == 0 && parser->next < parser->argc)
		r = parse_operand(parser, parser->argv[parser->next++]);
	return r;
}

int options_parse(const struct option_table *table, int argc, char **argv, void *target,
		  char ***ret_operands, char *error, size_t error_size)
{
	struct parser parser = {
		.table = table,
		.argc = argc,
		.next = 1,
		.argv = argv,
		.target = target,
		.error = error,
		.error_size = error_size,
	};
	int r = parse_words(&parser);

	if (r == 0 && ret_operands)
		*ret_operands = TAKE_PTR(parser.operands);
	parser.operands = strv_free(parser.operands);
	if (r == -ENOMEM)
		(void)refuse(&parser, "out of memory");
	return r;
}

/* Writes the words of `text` up to `end`, breaking lines before column 80; lines begin at `indent`. */
static void put_words(FILE *stream, const char *text, const char *end, unsigned indent)
{
	unsigned column = indent;

	while (text < end) {
		size_t length = strcspn(text, " \n");

		length = MIN(length, (size_t)(end - text));
		if (column > indent && column + 1 + length > HELP_COLUMNS) {
			(void)fprintf(stream, "\n%*s", (int)indent, "");
			column = indent;
		}
		(void)fprintf(stream, "%s%.*s", column > indent ? " " : "", (int)length, text);
		column += (unsigned)length + (column > indent);
		text += length;
		text += strspn(text, " \n");
	}
	(void)fputc('\n', stream);
}

void options_help_text(FILE *stream, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");

		if (!end)
			end = text + strlen(text);
		put_words(stream, text, end, 0);
		text = end + strspn(end, "\n");
		if (*text)
			(void)fputc('\n', stream);
	}
}

void options_help_item(FILE *stream, const char *name, const char *explanation)
{
	int width = fprintf(stream, "  %s", name);

	if (width + 2 > HELP_INDENT) {
		(void)fputc('\n', stream);
		width = 0;
	}
	(void)fprintf(stream, "%*s", HELP_INDENT - width, "");
	put_words(stream, explanation, explanation + strlen(explanation), HELP_INDENT);
}

static void help_row(const struct option_row *row, FILE *stream)
{
	char name[64];

	if (!row->summary)
		return;
	(void)snprintf(name, sizeof(name), "--%s%s%s", row->name, row->value ? " " : "",
		       row->value ? row->value : "");
	options_help_item(stream, name, row->summary);
}

void options_help(const struct option_table *table, FILE *stream)
{
	(void)fprintf(stream, "usage: %s\n\n", table->usage);
	options_help_text(stream, table->intro);
	(void)fputs("\noptions:\n", stream);
	for (size_t i = 0; i < table->n_rows; i++)
		help_row(&table->rows[i], stream);
	options_help_item(stream, "--help", "Print this text.");
	if (table->outro)
		table->outro(stream);
}

/* Optimal string alignment distance of two texts of at most NEAREST_BYTES_MAX bytes, by rows of the matrix. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_BYTES_MAX + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			row[j] = MIN(MIN(above[j], row[j - 1]) + 1,
				     above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], two[j - 2] + 1);
		}
	}
	return rows[strlen(a) % 3][n];
}

const char *options_nearest(const char *text, const void *names, size_t n, size_t stride)
{
	size_t length = strlen(text);
	unsigned best = length < 4 ? 2 : 3; /* a short word is near to everything */
	const char *ret_name = NULL;

	if (length == 0 || length > NEAREST_BYTES_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *name = *(const char *const *)((const char *)names + i * stride);

		if (!name || strlen(name) > NEAREST_BYTES_MAX)
			continue;
		unsigned d = strncmp(name, text, length) == 0 ? 1 : distance(text, name);
		if (d < best) {
			best = d;
			ret_name = name;
		}
	}
	return ret_name;
}

int options_parse_color(void *field, const char *text, char *error, size_t error_size)
{
	static const char *const names[] = {
		[TERM_COLOR_AUTO] = "auto",
		[TERM_COLOR_ALWAYS] = "always",
		[TERM_COLOR_NEVER] = "never",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*(enum term_color *)field = (enum term_color)i;
			return 0;
		}
	}
	(void)snprintf(error, error_size, "'%s' is not one of auto, always, never", text);
	return -EINVAL;
}
