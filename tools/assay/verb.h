/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The verbs of the command line: one row in main.c, one file (or family of files) each. */

/* Exit statuses of every verb: docs/man/assay.1. A run that a signal ended exits with 128 + its number. */
enum exit_status {
	EXIT_OK = 0, /* done; for `run`: the verdict is AC */
	EXIT_NEGATIVE =
		1, /* done, and the answer is no; for `run`: any verdict on the submission but AC */
	EXIT_USAGE = 2,	   /* the command line, or a file that it names, is wrong */
	EXIT_INTERNAL = 3, /* assay or the host could not do it */
};

struct verb {
	const char *name;
	const char *summary; /* one line for `assay --help` */
	/* argv[0] is the verb's name. Prints its own errors; returns the exit status. `--help` works in all. */
	int (*run)(int argc, char **argv);
};

/* The verbs, as the member `run` above. */
int verb_run(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_gas(int argc, char **argv);
int verb_trace(int argc, char **argv);
int verb_key(int argc, char **argv);
