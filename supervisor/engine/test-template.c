/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: what a submission calls things stays one word each, and is never read again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/engine/template.h"

enum { WORDS_MAX = 12 };

static char *words_of(const char *text)
{
	return (char *)(uintptr_t)text;
}

struct expectation {
	const char *words[WORDS_MAX];
	struct template_values values;
	const char *expected[WORDS_MAX];
};

static void expansion_check(const struct expectation *e)
{
	_cleanup_strv_ char **out = NULL;
	size_t n = 0;

	assert_int_equal(template_expand((char *const *)(uintptr_t)e->words, &e->values, &out), 0);
	while (e->expected[n] != NULL)
		n++;
	assert_int_equal(strv_length(out), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(out[i], e->expected[i]);
}

#define LIST(...) ((char *[]){__VA_ARGS__, NULL})
#define W(text) words_of(text)

static void plain_words_stay(void **state _unused_)
{
	const struct expectation e = {
		.words = {"/usr/bin/gcc", "-O2", "", "{", "}", "{}", "a{b}c"},
		.expected = {"/usr/bin/gcc", "-O2", "", "{", "}", "{}", "a{b}c"},
	};

	expansion_check(&e);
}

static void unknown_braces_stay(void **state _unused_)
{
	const struct expectation e = {
		.words = {"{sourcecode}", "{Source}", "{source", "source}", "x{args}", "{sources}x",
			  "{memory}", "{{source}}"},
		.values = {.source = "a.c"},
		.expected = {"{sourcecode}", "{Source}", "{source", "source}", "x{args}",
			     "{sources}x", "{memory}", "{a.c}"},
	};

	expansion_check(&e);
}

static void source_is_a_path_at_the_start(void **state _unused_)
{
	const struct expectation e = {
		.words = {"{source}", "-o{source}", "{source}{source}", "{source}.o", "./{source}"},
		.values = {.source = "-rf"},
		.expected = {"./-rf", "-o-rf", "./-rf-rf", "./-rf.o", "./-rf"},
	};

	expansion_check(&e);
}

/* A name is not read for words again, nor split. */
static void names_are_not_expanded(void **state _unused_)
{
	const struct expectation e = {
		.words = {"x{source}y", "{sources}", "{args}"},
		.values = {.source = "{args} {source};$(id)`id`",
			   .sources = LIST(W("{args}"), W("a b")),
			   .args = LIST(W("{source}"), W("{sources}"), W("$HOME \"'\n"))},
		.expected = {"x{args} {source};$(id)`id`y", "./{args}", "./a b", "{source}",
			     "{sources}", "$HOME \"'\n"},
	};

	expansion_check(&e);
}

static void sources_are_paths(void **state _unused_)
{
	const struct expectation e = {
		.words = {"cc", "{sources}", "-o", "p"},
		.values = {.sources = LIST(W("a.c"), W("-b.c"), W("--"))},
		.expected = {"cc", "./a.c", "./-b.c", "./--", "-o", "p"},
	};

	expansion_check(&e);
}

static void empty_lists_vanish(void **state _unused_)
{
	const struct expectation e = {
		.words = {"p", "{args}", "{sources}", "q"},
		.values = {.args = NULL, .sources = NULL},
		.expected = {"p", "q"},
	};

	expansion_check(&e);
}

static void empty_arguments_stay(void **state _unused_)
{
	const struct expectation e = {
		.words = {"p", "{args}"},
		.values = {.args = LIST(W(""), W("-x"), W(""))},
		.expected = {"p", "", "-x", ""},
	};

	expansion_check(&e);
}

static void many_arguments(void **state _unused_)
{
	enum { N = 1024 };
	_cleanup_strv_ char **args = NULL, **out = NULL;
	const struct template_values values = {.args = NULL};
	struct template_values with = values;
	char *words[] = {W("p"), W("{args}"), W("{args}"), NULL};

	for (int i = 0; i < N; i++)
		assert_int_equal(strv_append(&args, "arg"), 0);
	with.args = args;
	assert_int_equal(template_expand(words, &with, &out), 0);
	assert_int_equal(strv_length(out), 1 + 2 * N);
}

static void memory_in_mebibytes(void **state _unused_)
{
	struct expectation e = {
		.words = {"-Xmx{memory_mib}m", "M={memory_mib}{memory_mib}"},
		.values = {.memory_bytes = (UINT64_C(256) << 20) + 5},
		.expected = {"-Xmx256m", "M=256256"},
	};

	expansion_check(&e);
	e.values.memory_bytes = LIMIT_NONE;
	e.expected[0] = "-Xmx0m";
	e.expected[1] = "M=00";
	expansion_check(&e);
}

static void nothing_gives_nothing(void **state _unused_)
{
	const struct template_values values = {.source = NULL};
	char *words[] = {W("a{source}b"), NULL};
	_cleanup_strv_ char **none = NULL, **out = NULL;

	assert_int_equal(template_expand(NULL, &values, &none), 0);
	assert_int_equal(strv_length(none), 0);
	assert_int_equal(template_expand(words, &values, &out), 0);
	assert_string_equal(out[0], "ab");
}

static void environment_expands_too(void **state _unused_)
{
	const struct expectation e = {
		.words = {"MAIN={source}", "{source}=x", "A=B={args}"},
		.values = {.source = "m.py", .args = LIST(W("1"))},
		.expected = {"MAIN=m.py", "./m.py=x", "A=B={args}"},
	};

	expansion_check(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_words_stay),
		cmocka_unit_test(unknown_braces_stay),
		cmocka_unit_test(source_is_a_path_at_the_start),
		cmocka_unit_test(names_are_not_expanded),
		cmocka_unit_test(sources_are_paths),
		cmocka_unit_test(empty_lists_vanish),
		cmocka_unit_test(empty_arguments_stay),
		cmocka_unit_test(many_arguments),
		cmocka_unit_test(memory_in_mebibytes),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(environment_expands_too),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
