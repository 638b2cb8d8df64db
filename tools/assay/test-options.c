/* SPDX-License-Identifier: Apache-2.0 */

/* What a table accepts, what it refuses and in which words, and the shape of the help text made from it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "lib/base/strv.h"
#include "tools/assay/options.h"
#include "tools/assay/term.h"

struct fields {
	bool flag;
	const char *text;
	char **list;
	enum term_color color;
};

static const struct option_row rows[] = {
	{"keep-going", NULL, "Go on.", OPTION_FLAG, offsetof(struct fields, flag), NULL},
	{"policy", "NAME|FILE", "Which policy.", OPTION_TEXT, offsetof(struct fields, text), NULL},
	{"arg", "A",
	 "A sentence that is long enough to be wrapped at the right margin of the page, twice even, when it goes on and on.",
	 OPTION_LIST, offsetof(struct fields, list), NULL},
	{"color", "auto|always|never", "Whether to use colours.", OPTION_PARSE,
	 offsetof(struct fields, color), options_parse_color},
	{"hidden", "X", NULL, OPTION_TEXT, offsetof(struct fields, text), NULL},
};

static const struct option_table table = {
	.usage = "assay test [OPTIONS] FILE...",
	.intro = "First.\n\nSecond.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

enum { WORDS_MAX = 16 };

struct parsed {
	struct fields fields;
	char **operands;
	char error[OPTIONS_ERROR_BYTES];
	int r;
};

/* Parses the words of `line`, which are separated by one space. */
static void parse(const struct option_table *how, const char *line, struct parsed *ret_parsed)
{
	_cleanup_free_ char *copy = strdup(line);
	static char text[256]; /* TEXT fields point into it */
	char *argv[WORDS_MAX] = {NULL}, *rest = text;
	int argc = 0;

	assert_non_null(copy);
	assert_true(strlen(line) < sizeof(text));
	memcpy(text, copy, strlen(copy) + 1);
	for (char *word; (word = strsep(&rest, " ")) && argc < WORDS_MAX - 1;)
		argv[argc++] = word;
	*ret_parsed = (struct parsed){0};
	ret_parsed->r = options_parse(how, argc, argv, &ret_parsed->fields, &ret_parsed->operands,
				      ret_parsed->error, sizeof(ret_parsed->error));
}

static void release(struct parsed *parsed)
{
	strv_free(parsed->fields.list);
	strv_free(parsed->operands);
}

static void refuses(const char *line, const char *sentence)
{
	_cleanup_(release) struct parsed parsed;

	parse(&table, line, &parsed);
	assert_int_equal(parsed.r, -EINVAL);
	assert_string_equal(parsed.error, sentence);
	assert_null(parsed.operands);
}

static void test_values_with_and_without_equals(void **state)
{
	_cleanup_(release) struct parsed parsed;

	parse(&table, "test a.c --policy=cpp --arg x --arg=y=z --keep-going b.c", &parsed);
	assert_int_equal(parsed.r, 0);
	assert_true(parsed.fields.flag);
	assert_string_equal(parsed.fields.text, "cpp");
	assert_int_equal(strv_length(parsed.fields.list), 2);
	assert_string_equal(parsed.fields.list[1], "y=z");
	assert_int_equal(strv_length(parsed.operands), 2);
	assert_string_equal(parsed.operands[1], "b.c");
}

static void test_two_dashes_end_the_options(void **state)
{
	_cleanup_(release) struct parsed parsed;

	parse(&table, "test --keep-going -- --policy -x -- y", &parsed);
	assert_int_equal(parsed.r, 0);
	assert_null(parsed.fields.text);
	assert_int_equal(strv_length(parsed.operands), 4);
	assert_string_equal(parsed.operands[0], "--policy");
	assert_string_equal(parsed.operands[2], "--");
}

static void test_a_value_may_look_like_an_option(void **state)
{
	_cleanup_(release) struct parsed parsed;

	parse(&table, "test --arg --keep-going --arg= --policy -", &parsed);
	assert_int_equal(parsed.r, 0);
	assert_false(parsed.fields.flag);
	assert_string_equal(parsed.fields.list[0], "--keep-going");
	assert_string_equal(parsed.fields.list[1], "");
	assert_string_equal(parsed.fields.text, "-");
}

static void test_nothing_is_fine(void **state)
{
	_cleanup_(release) struct parsed parsed;

	parse(&table, "test", &parsed);
	assert_int_equal(parsed.r, 0);
	assert_null(parsed.operands);
}

static void test_errors_name_the_option_and_what_is_expected(void **state)
{
	refuses("test --polcy cpp", "there is no option --polcy; did you mean --policy?");
	refuses("test --polcy=cpp", "there is no option --polcy; did you mean --policy?");
	refuses("test --zzzzzz", "there is no option --zzzzzz; --help lists them");
	refuses("test --policy", "--policy needs a value: --policy NAME|FILE");
	refuses("test --keep-going=yes", "--keep-going takes no value");
	refuses("test --policy a --policy b", "--policy is given twice, and takes one NAME|FILE");
	refuses("test --color=blue", "--color: 'blue' is not one of auto, always, never");
	refuses("test a.c -x",
		"there is no option -x (options begin with two dashes, --help lists them); a "
		"file of that name is written ./-x");
}

static void test_names_are_not_abbreviated(void **state)
{
	refuses("test --keep", "there is no option --keep; did you mean --keep-going?");
	refuses("test --arguments", "there is no option --arguments; --help lists them");
}

static void test_operands_where_none_are_taken(void **state)
{
	struct option_table none = table;
	_cleanup_(release) struct parsed parsed;

	none.takes_operands = false;
	parse(&none, "test --keep-going x", &parsed);
	assert_int_equal(parsed.r, -EINVAL);
	assert_string_equal(parsed.error, "takes no operand, and 'x' is one");
}

static void test_colors(void **state)
{
	static const char *const words[] = {"auto", "always", "never"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		enum term_color color = TERM_COLOR_AUTO;
		char error[64];

		assert_int_equal(options_parse_color(&color, words[i], error, sizeof(error)), 0);
		assert_int_equal(color, i);
	}
}

static void test_help_is_wrapped_and_complete(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	options_help(&table, stream);
	assert_int_equal(fclose(stream), 0);
	assert_non_null(strstr(text, "usage: assay test [OPTIONS] FILE...\n\nFirst.\n\nSecond.\n"));
	assert_non_null(strstr(text, "\n  --keep-going            Go on.\n"));
	assert_non_null(strstr(text, "\n  --policy NAME|FILE      Which policy.\n"));
	assert_non_null(strstr(text, "\n  --color auto|always|never\n"));
	assert_non_null(strstr(text, "\n  --help "));
	assert_null(strstr(text, "hidden"));
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		assert_true(end - line <= 80);
		assert_true(end == line || end[-1] != ' ');
	}
}

static void test_nearest(void **state)
{
	static const char *const names[] = {"run", "doctor", "policy", NULL};

	assert_string_equal(options_nearest("rnu", names, 4, sizeof(names[0])), "run");
	assert_string_equal(options_nearest("doc", names, 4, sizeof(names[0])), "doctor");
	assert_string_equal(options_nearest("pollicy", names, 4, sizeof(names[0])), "policy");
	assert_null(options_nearest("", names, 4, sizeof(names[0])));
	assert_null(options_nearest("xyz", names, 4, sizeof(names[0])));
	assert_null(options_nearest("a text that is longer than any name of ours", names, 4,
				    sizeof(names[0])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_with_and_without_equals),
		cmocka_unit_test(test_two_dashes_end_the_options),
		cmocka_unit_test(test_a_value_may_look_like_an_option),
		cmocka_unit_test(test_nothing_is_fine),
		cmocka_unit_test(test_errors_name_the_option_and_what_is_expected),
		cmocka_unit_test(test_names_are_not_abbreviated),
		cmocka_unit_test(test_operands_where_none_are_taken),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_help_is_wrapped_and_complete),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
