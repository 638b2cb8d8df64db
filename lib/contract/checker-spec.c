/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checker's specification, from what people write to the argument vector of assay-checker.
 *
 * The words are the same on both sides, "ignore-case" is "--ignore-case", so the table here says only which words there
 * are, which take a number and which modes they make sense in. A combination that would be silently without effect
 * (a tolerance for `exact`) is refused: whoever writes one believes that something is compared that is not.
 *
 * Tolerances are checked here and handed on as text, so that what a result shows is what was written. The grammar of a
 * number is digits, perhaps a point and digits, perhaps an exponent: no sign, no hex, no "inf"; its value must be
 * positive and finite as a double. strtod(3) is not asked, since it obeys the locale of whoever embeds this.
 *
 * Invariant: args[0] is always --mode=..., and every argument is one that the checker accepts.
 */

#include "lib/contract/checker-spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static size_t count_digits(const char *text, const char *end)
{
	const char *p = text;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return (size_t)(p - text);
}

/* Steps over an exponent. False when there is an "e" without digits. */
static bool skip_exponent(const char **at, const char *end)
{
	const char *p = *at;
	size_t n;

	if (p == end || (*p != 'e' && *p != 'E'))
		return true;
	p++;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	n = count_digits(p, end);
	*at = p + n;
	return n > 0;
}

/*
 * Whether the text has the form of a number and its value is a positive finite double. Only the shape is parsed here; the
 * size follows from the decimal exponent of the first digit that is not 0, with a margin at both ends of the range.
 */
static bool is_tolerance(const char *text, const char *end)
{
	size_t whole = count_digits(text, end), fraction = 0;
	const char *p = text + whole, *mantissa_end;
	long exponent = 0, sign = 1, first = (long)whole - 1;

	if (whole > 0 && p < end && *p == '.') {
		fraction = count_digits(p + 1, end);
		if (fraction == 0)
			return false;
		p += 1 + fraction;
	}
	mantissa_end = p;
	if (whole == 0 || !skip_exponent(&p, end) || p != end)
		return false;

	for (p = mantissa_end + 1; p < end; p++) {
		if (*p == '-')
			sign = -1;
		else if (*p != '+' && exponent < 100000)
			exponent = exponent * 10 + (*p - '0');
	}
	for (p = text; p < mantissa_end && (*p == '0' || *p == '.'); p++)
		first -= *p == '0';
	return p < mantissa_end && first + sign * exponent >= -300 && first + sign * exponent <= 300;
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
