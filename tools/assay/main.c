/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The command line is a table of verbs; a verb owns everything after its name.
 * This file finds the verb, says which one was probably meant when there is
 * none, and makes `assay help VERB` and `assay VERB --help` the same text.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "tools/assay/complain.h"
#include "tools/assay/options.h"
#include "tools/assay/verb.h"

static int verb_help(int argc, char **argv);

static const struct verb verbs[] = {
	{"run", "Run a program that is not trusted, in a sandbox, and judge it.", verb_run},
	{"doctor", "Say what this host can enforce, and what to do about the rest.", verb_doctor},
	{"trace", "Show, verify, compare and draw what a traced run did.", verb_trace},
	{"key", "The key that this node seals its traces with.", verb_key},
	{"policy", "List, show and check the policies that describe sandboxes.", verb_policy},
	{"gas", "Show what things cost, and explain what a traced run was charged.", verb_gas},
	{"help", "Print the help text of a verb.", verb_help},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int unknown_verb(const char *name)
{
	const char *nearest = options_nearest(name, verbs, ARRAY_SIZE(verbs), sizeof(verbs[0]));

	if (nearest)
		complain(NULL, "there is no verb '%s'; did you mean 'assay %s'?", name, nearest);
	else
		complain(NULL, "there is no verb '%s'; 'assay --help' lists them", name);
	return EXIT_USAGE;
}

static void help(FILE *stream)
{
	(void)fputs("usage: assay VERB [OPTIONS] [OPERANDS]\n\n", stream);
	options_help_text(stream, "Runs untrusted programs in sandboxes of the Linux "
				  "kernel, and says exactly "
				  "what they did and what it cost.");
	(void)fputs("\nverbs:\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		options_help_item(stream, verbs[i].name, verbs[i].summary);
	(void)fputs("\n", stream);
	options_help_text(stream, "'assay VERB --help' lists the options of a verb; "
				  "'assay --version' prints the "
				  "version. The manual page is assay(1).");
}

static int verb_help(int argc, char **argv)
{
	if (argc < 2) {
		help(stdout);
		return EXIT_OK;
	}
	const struct verb *verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	if (verb->run == verb_help) {
		help(stdout);
		return EXIT_OK;
	}
	char option[] = "--help";
	char *words[] = {argv[1], option, NULL};
	return verb->run(2, words);
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)puts("assay " ASSAY_VERSION);
		return EXIT_OK;
	}
	if (argv[1][0] == '-') {
		complain(NULL, "there is no option %s before the verb; 'assay --help' says more",
			 argv[1]);
		return EXIT_USAGE;
	}
	const struct verb *verb = find_verb(argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : unknown_verb(argv[1]);
}

/*
 * With one of the three standard descriptors closed, the next file that is opened would get its number, and a report
 * could be written into a submission's input. So they are always open.
 */
static bool open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The lowest free number is the closed one's. */
		/* NOLINTNEXTLINE(android-cloexec-open): standard descriptors are inherited */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (!open_standard_descriptors()) {
		complain(NULL, "cannot open /dev/null in the place of a closed standard stream");
		return EXIT_INTERNAL;
	}
	int status = dispatch(argc, argv);

	/* What was asked for must have been written: a full disk is not a success. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain(NULL, "cannot write to standard output: %m");
		return EXIT_INTERNAL;
	}
	return status;
}
