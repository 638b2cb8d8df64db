/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checker's specification, from what people write to the argument vector of assay-checker.
 *
 * The words are the same on both sides, "ignore-case" is "--ignore-case", so the table here says only which words there
 * are, which take a number and which modes they make sense in. A combination that would be silently without effect
 * (a tolerance for `exact`) is refused: whoever writes one believes that something is compared that is not.
 *
 * Tolerances are checked here and handed on as text, so that what a result shows is what was written. They are read by
 * the same lib/base/decimal.h as the checker reads them: decimal, without sign, "inf" or locale.
 *
 * Invariant: args[0] is always --mode=..., and every argument is one that the checker accepts.
 */

#include "lib/contract/checker-spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/decimal.h"
#include "lib/base/escape.h"
#include "lib/base/strv.h"

enum {
	MODE_TOKENS = 1 << 0,
	MODE_LINES = 1 << 1,
	MODE_EXACT = 1 << 2,
};

static const struct mode {
	const char *name;
	unsigned bit;
} modes[] = {
	{"tokens", MODE_TOKENS},
	{"lines", MODE_LINES},
	{"exact", MODE_EXACT},
};
#define MODE_NAMES "tokens, lines or exact"

enum option_value { VALUE_NONE, VALUE_STRICT, VALUE_NUMBER };

static const struct option {
	const char *name;
	enum option_value value;
	unsigned modes;
} options[] = {
	{"ignore-case", VALUE_NONE, MODE_TOKENS | MODE_LINES},
	{"space", VALUE_STRICT, MODE_TOKENS},
	{"float-abs", VALUE_NUMBER, MODE_TOKENS},
	{"float-rel", VALUE_NUMBER, MODE_TOKENS},
};
#define OPTION_NAMES "ignore-case, space=strict, float-abs=E or float-rel=E"

void checker_spec_clear(struct checker_spec *spec)
{
	spec->args = strv_free(spec->args);
}

/* Writes a sentence about the word, which is a stranger's. */
_printf_(5, 6) static int refuse(char *error, size_t error_size, const char *word, size_t length,
				 const char *format, ...)
{
	char shown[64];
	va_list args;
	int n;

	(void)escape_bytes(shown, sizeof(shown), word, length);
	n = snprintf(error, error_size, "checker \"%s\": ", shown);
	if (n > 0 && (size_t)n < error_size) {
		va_start(args, format);
		(void)vsnprintf(error + n, error_size - (size_t)n, format, args);
		va_end(args);
	}
	return -EINVAL;
}

static bool is_word(const char *known, const char *word, size_t length)
{
	return strlen(known) == length && memcmp(known, word, length) == 0;
}

/* A positive number that starts with a digit, in the grammar and with the precision that the checker has. */
static bool is_tolerance(const char *text, const char *end)
{
	struct decimal number;
	uint64_t mantissa;
	int64_t exponent;

	return text < end && *text >= '0' && *text <= '9' &&
	       decimal_parse(text, (size_t)(end - text), &number) &&
	       decimal_scaled(&number, &mantissa, &exponent) && mantissa > 0;
}

static int check_value(const struct option *option, const char *word, size_t length,
		       const char *equals, char *error, size_t error_size)
{
	const char *end = word + length;

	switch (option->value) {
	case VALUE_NONE:
		if (equals)
			return refuse(error, error_size, word, length, "%s takes no value",
				      option->name);
		return 0;
	case VALUE_STRICT:
		if (!equals || !is_word("strict", equals + 1, (size_t)(end - equals - 1)))
			return refuse(error, error_size, word, length, "write space=strict");
		return 0;
	case VALUE_NUMBER:
		break;
	}
	if (!equals || !is_tolerance(equals + 1, end))
		return refuse(
			error, error_size, word, length,
			"write %s=E with a positive decimal number from 1e-300 to 1e300, such as %s=1e-6",
			option->name, option->name);
	return 0;
}

static const struct option *find_option(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (is_word(options[i].name, word, length))
			return &options[i];
	}
	return NULL;
}

static int parse_option(const char *word, size_t length, const struct mode *mode, unsigned *seen,
			char ***args, char *error, size_t error_size)
{
	const char *equals = memchr(word, '=', length);
	const struct option *option = find_option(word, equals ? (size_t)(equals - word) : length);
	char argument[CHECKER_SPEC_BYTES_MAX + 8];
	unsigned bit;
	int r;

	if (!option)
		return refuse(error, error_size, word, length,
			      "there is no such option; write " OPTION_NAMES);
	bit = 1U << (option - options);
	if (!(option->modes & mode->bit))
		return refuse(error, error_size, word, length, "mode %s does not know %s",
			      mode->name, option->name);
	if (*seen & bit)
		return refuse(error, error_size, word, length, "%s is given twice", option->name);
	*seen |= bit;
	r = check_value(option, word, length, equals, error, error_size);
	if (r < 0)
		return r;
	(void)snprintf(argument, sizeof(argument), "--%.*s", (int)length, word);
	return strv_append(args, argument);
}

static int parse_mode(const char *word, size_t length, const struct mode **ret_mode, char ***args,
		      char *error, size_t error_size)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		char argument[32];

		if (!is_word(modes[i].name, word, length))
			continue;
		(void)snprintf(argument, sizeof(argument), "--mode=%s", modes[i].name);
		*ret_mode = &modes[i];
		return strv_append(args, argument);
	}
	return refuse(error, error_size, word, length,
		      "write a mode first, " MODE_NAMES ", then options: " OPTION_NAMES);
}

int checker_spec_parse(const char *text, struct checker_spec *ret, char *error, size_t error_size)
{
	_cleanup_strv_ char **args = NULL;
	const struct mode *mode = NULL;
	const char *end = text;
	unsigned seen = 0;
	int r;

	if (strlen(text) > CHECKER_SPEC_BYTES_MAX)
		return refuse(error, error_size, text, strlen(text), "it is longer than %d bytes",
			      CHECKER_SPEC_BYTES_MAX);
	for (const char *word = text;; word = end + 1) {
		end = strchrnul(word, ',');
		if (!mode)
			r = parse_mode(word, (size_t)(end - word), &mode, &args, error, error_size);
		else
			r = parse_option(word, (size_t)(end - word), mode, &seen, &args, error,
					 error_size);
		if (r < 0)
			return r;
		if (!*end)
			break;
	}
	ret->args = TAKE_PTR(args);
	return 0;
}
