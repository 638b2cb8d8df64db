/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: some calls are right with some arguments only: socket for AF_UNIX, clone without new
 * namespaces, ioctl for a few requests. What the filter compares must be what the kernel will act
 * on: many arguments are an `int` to the kernel, which ignores the upper half of the register, and
 * a comparison of all 64 bits could be passed by (or fail on) bits that do not count. Source:
 * seccomp(2), section "Caveats"; SYSCALL_DEFINE in the kernel.
 *
 * Design: the grammar makes the width a part of the name: `int0` is the low half of the first
 * argument, `arg0` all of it.
 *
 *	condition  = comparison { "and" comparison }
 *	comparison = argument [ "&" values ] ( "==" values | "in" values { values } )
 *	argument   = ( "int" | "arg" ) 0-5
 *	values     = value { "|" value }
 *	value      = NAME | number
 *
 * Words are separated by spaces. A condition becomes alternatives (one for every value of every
 * `in`), each a conjunction of masked comparisons, the only form that libseccomp needs.
 *
 * Invariants: matches of an alternative are sorted by argument, each argument at most once; value &
 * ~mask == 0.
 */

#include "supervisor/policy/seccomp-where.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct words {
	const char *at;
	const char *word;
	size_t length; /* 0: the text is used up */
	char *error;
	size_t error_size;
};

/* One comparison: argument, mask, and the values of which one must be met. */
struct comparison {
	unsigned int arg;
	uint64_t mask;
	uint64_t values[SECCOMP_ALTERNATIVES_MAX];
	size_t n_values;
};

static void advance(struct words *words)
{
	words->at += strspn(words->at, " ");
	words->word = words->at;
	words->length = strcspn(words->at, " ");
	words->at += words->length;
}

static bool word_is(const struct words *words, const char *text)
{
	return strlen(text) == words->length && memcmp(words->word, text, words->length) == 0;
}

static int complain(const struct words *words, const char *expected)
{
	if (words->length == 0)
		(void)snprintf(words->error, words->error_size,
			       "condition ends too early; expected %s", expected);
	else
		(void)snprintf(words->error, words->error_size, "'%.*s' in a condition; expected %s",
			       (int)MIN(words->length, 40u), words->word, expected);
	return -EINVAL;
}

static int parse_argument(struct words *words, struct comparison *comparison)
{
	bool is_int = words->length == 4 && memcmp(words->word, "int", 3) == 0;
	bool is_arg = words->length == 4 && memcmp(words->word, "arg", 3) == 0;

	if ((!is_int && !is_arg) || words->word[3] < '0' || words->word[3] >= '0' + SECCOMP_ARGS)
		return complain(words, "an argument: int0 to int5 (32 bits) or arg0 to arg5");
	comparison->arg = (unsigned int)(words->word[3] - '0');
	comparison->mask = is_int ? UINT32_MAX : UINT64_MAX;
	advance(words);
	return 0;
}

/* A word of values joined by '|'. */
static int parse_values(struct words *words, uint64_t *ret_value)
{
	const char *at = words->word, *end = words->word + words->length;
	uint64_t sum = 0;

	do {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		size_t length = (size_t)((bar ? bar : end) - at);
		uint64_t value;

		if (seccomp_symbol(at, length, &value) < 0)
			return complain(words, "a number, or a constant's name that is known");
		sum |= value;
		at += length + 1;
	} while (at < end);
	advance(words);
	*ret_value = sum;
	return 0;
}

static int parse_value(struct words *words, struct comparison *comparison)
{
	uint64_t value;
	int r = parse_values(words, &value);

	if (r < 0)
		return r;
	/* A negative int is written in 32 bits; nothing wider can be met. */
	if (value & ~comparison->mask) {
		(void)snprintf(words->error, words->error_size,
			       "value has bits outside of the mask; expected one that can be met");
		return -EINVAL;
	}
	if (comparison->n_values == SECCOMP_ALTERNATIVES_MAX) {
		(void)snprintf(words->error, words->error_size, "too many values; expected 64");
		return -E2BIG;
	}
	comparison->values[comparison->n_values++] = value;
	return 0;
}

static int parse_comparison(struct words *words, struct comparison *comparison)
{
	int r = parse_argument(words, comparison);

	if (r == 0 && word_is(words, "&")) {
		uint64_t mask = 0;

		advance(words);
		r = parse_values(words, &mask);
		comparison->mask &= mask;
	}
	if (r < 0)
		return r;
	if (comparison->mask == 0)
		return complain(words, "a mask that is not 0");
	if (word_is(words, "==")) {
		advance(words);
		return parse_value(words, comparison);
	}
	if (!word_is(words, "in"))
		return complain(words, "== or in");
	advance(words);
	do {
		r = parse_value(words, comparison);
	} while (r == 0 && words->length > 0 && !word_is(words, "and"));
	return r;
}

static int insert_match(struct seccomp_alternative *alternative, const struct seccomp_match *match)
{
	size_t at = 0;

	while (at < alternative->n_matches && alternative->matches[at].arg < match->arg)
		at++;
	if (at < alternative->n_matches && alternative->matches[at].arg == match->arg)
		return -EEXIST;
	memmove(&alternative->matches[at + 1], &alternative->matches[at],
		(alternative->n_matches - at) * sizeof(*match));
	alternative->matches[at] = *match;
	alternative->n_matches++;
	return 0;
}

/* Every alternative from `first` on is met with every value of the comparison. */
static int multiply(struct seccomp_where *where, size_t first, const struct comparison *comparison)
{
	size_t n = where->n_alternatives - first;

	if (first + n * comparison->n_values > SECCOMP_ALTERNATIVES_MAX)
		return -E2BIG;
	/* From the last value to the first, so that the originals are changed last. */
	for (size_t v = comparison->n_values; v-- > 0;) {
		struct seccomp_match match = {
			.arg = comparison->arg,
			.mask = comparison->mask,
			.value = comparison->values[v],
		};

		for (size_t i = 0; i < n; i++) {
			struct seccomp_alternative *to = &where->alternatives[first + v * n + i];

			*to = where->alternatives[first + i];
			if (insert_match(to, &match) < 0)
				return -EEXIST;
		}
	}
	where->n_alternatives = first + n * comparison->n_values;
	return 0;
}

static int add_comparison(struct words *words, struct seccomp_where *where, size_t first)
{
	struct comparison comparison = {.n_values = 0};
	int r = parse_comparison(words, &comparison);

	if (r < 0)
		return r;
	r = multiply(where, first, &comparison);
	if (r == -EEXIST) {
		(void)snprintf(words->error, words->error_size,
			       "argument %u compared twice; expected each argument once",
			       comparison.arg);
		return -EINVAL;
	}
	if (r == -E2BIG)
		(void)snprintf(words->error, words->error_size,
			       "too many combinations of values; expected at most 64");
	return r;
}

int seccomp_where_parse(const char *text, struct seccomp_where *where, char *error,
			size_t error_size)
{
	struct words words = {.at = text, .error = error, .error_size = error_size};
	size_t first = where->n_alternatives;
	int r;

	if (first == SECCOMP_ALTERNATIVES_MAX) {
		(void)snprintf(error, error_size, "too many conditions; expected at most 64");
		return -E2BIG;
	}
	where->alternatives[where->n_alternatives++].n_matches = 0;
	advance(&words);
	for (;;) {
		r = add_comparison(&words, where, first);
		if (r < 0 || words.length == 0)
			return r;
		if (!word_is(&words, "and"))
			return complain(&words, "'and' or the end");
		advance(&words);
	}
}

static bool alternative_holds(const struct seccomp_alternative *alternative, const uint64_t *args)
{
	for (size_t i = 0; i < alternative->n_matches; i++) {
		const struct seccomp_match *match = &alternative->matches[i];

		if ((args[match->arg] & match->mask) != match->value)
			return false;
	}
	return true;
}

bool seccomp_where_holds(const struct seccomp_where *where, const uint64_t args[SECCOMP_ARGS])
{
	for (size_t i = 0; i < where->n_alternatives; i++)
		if (alternative_holds(&where->alternatives[i], args))
			return true;
	return false;
}
