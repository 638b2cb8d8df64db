/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay-checker: compares a submission's output with the expected answer.
 *
 * It reads what a stranger wrote, so it runs in a sandbox of its own, without a file system, with a seccomp profile that
 * knows a dozen calls (checker/README.md lists them) and with nothing to win for whoever breaks it but the verdict of their
 * own output. Therefore: no stdio (isatty), no locale, no heap, no environment.
 *
 *   fd 0  the submission's output          fd 3  the expected answer
 *   fd 1  a line for people, if there is one to say       (fd 4, the test's input, is not needed)
 *
 * Exit status: 42 accepted, 43 wrong answer, as DOMjudge has them; everything else means that the checker failed and
 * that nothing is known about the output: 1 a file could not be read, 2 a wrong option. 44, partially correct,
 * is reserved for checkers that give scores.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checker/compare.h"
#include "checker/input.h"
#include "checker/report.h"
#include "lib/base/escape.h"
#include "lib/base/fd.h"

enum {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_ACCEPTED = 42,
	EXIT_WRONG = 43,
};

enum {
	FD_FOUND = 0,
	FD_MESSAGE = 1,
	FD_EXPECTED = 3,
};

/* Says one line, whose NUL becomes the newline. A reader that has gone does not change the verdict. */
static void say(char *line, size_t length)
{
	line[length] = '\n';
	(void)fd_write_all(FD_MESSAGE, line, length + 1);
}

static bool set_mode(struct compare_options *options, const char *value)
{
	static const char *const names[COMPARE_MODE_MAX] = {
		[COMPARE_TOKENS] = "tokens",
		[COMPARE_LINES] = "lines",
		[COMPARE_EXACT] = "exact",
	};

	for (int mode = 0; mode < COMPARE_MODE_MAX; mode++) {
		if (strcmp(names[mode], value) == 0) {
			options->mode = (enum compare_mode)mode;
			return true;
		}
	}
	return false;
}

static bool set_ignore_case(struct compare_options *options, const char *value)
{
	options->ignore_case = true;
	return *value == '\0';
}

static bool set_space(struct compare_options *options, const char *value)
{
	options->strict_space = true;
	return strcmp(value, "strict") == 0;
}

static bool set_float_abs(struct compare_options *options, const char *value)
{
	return tolerance_parse(value, strlen(value), &options->float_abs);
}

static bool set_float_rel(struct compare_options *options, const char *value)
{
	return tolerance_parse(value, strlen(value), &options->float_rel);
}

static const struct option {
	const char *prefix; /* the whole argument when it takes no value */
	bool (*set)(struct compare_options *options, const char *value);
} option_table[] = {
	{"--mode=", set_mode},		 {"--ignore-case", set_ignore_case},
	{"--space=", set_space},	 {"--float-abs=", set_float_abs},
	{"--float-rel=", set_float_rel},
};

static bool set_option(struct compare_options *options, const char *argument)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_table); i++) {
		size_t length = strlen(option_table[i].prefix);

		if (strncmp(argument, option_table[i].prefix, length) == 0)
			return option_table[i].set(options, argument + length);
	}
	return false;
}

static bool parse_arguments(char **arguments, struct compare_options *ret_options)
{
	struct compare_options options = {0};
	char shown[64], line[256];
	int n;

	for (; *arguments; arguments++) {
		if (set_option(&options, *arguments))
			continue;
		(void)escape_string(shown, sizeof(shown), *arguments);
		n = snprintf(line, sizeof(line),
			     "wrong option %s; expected --mode=tokens|lines|exact --ignore-case "
			     "--space=strict --float-abs=E --float-rel=E",
			     shown);
		say(line, (size_t)n);
		return false;
	}
	*ret_options = options;
	return true;
}

static bool open_text(int fd, const char *what, struct text *ret_text)
{
	int r = input_open(fd, ret_text), n;
	char line[128];

	if (r == 0)
		return true;
	n = snprintf(line, sizeof(line), "cannot read the %s (fd %d): %s", what, fd,
		     strerrordesc_np(-r));
	say(line, (size_t)n);
	return false;
}

int main(int argc, char **argv)
{
	struct compare_options options;
	struct text expected, found;
	struct difference difference;
	char line[REPORT_BYTES];

	if (!parse_arguments(argv + (argc > 0), &options))
		return EXIT_USAGE;
	if (!open_text(FD_EXPECTED, "expected answer", &expected) ||
	    !open_text(FD_FOUND, "output", &found))
		return EXIT_FAILED;
	if (compare_texts(&options, expected, found, &difference))
		return EXIT_ACCEPTED;
	say(line, report_difference(&options, expected, found, &difference, line, sizeof(line)));
	return EXIT_WRONG;
}
