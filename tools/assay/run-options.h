/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of `assay run`, as they were given: nothing is opened here. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/mem.h"
#include "lib/contract/event.h"
#include "lib/contract/limits.h"
#include "tools/assay/term.h"

enum {
	RUN_WORDS_MAX = 1024, /* of --arg, and of --env: a plan for the sandbox holds 4096 in all */
	RUN_WORDS_BYTES_MAX = 256 * 1024, /* of them together; a plan is at most 1 MiB */
};

struct run_options {
	const char *policy; /* NULL: by the extension of the first file */
	const char *stdin_file, *expected, *tests, *checker, *output; /* NULL: not given */
	char **args, **env;					      /* strv, owned */
	char **files; /* strv, owned; at least one */
	struct limits limits;
	enum term_color color;
	const char *cpuset; /* NULL: all CPUs */
	const char *trace;  /* NULL: no record */
	const char *key_dir;
	const char *trace_level_text, *on_loss_text; /* as given, or NULL */
	enum trace_level trace_level;
	enum trace_loss on_loss;
	bool json, keep_going, allow_degraded;
};

/*
 * Parses the words after `assay` (argv[0] is "run") and checks them against each other. Returns 0, 1 when the help text was
 * printed, or -errno with a sentence. The caller calls run_options_clear in every case; texts point into argv.
 */
int run_options_parse(int argc, char **argv, struct run_options *ret_options, char *error,
		      size_t error_size);

/* Frees what is in it. */
void run_options_clear(struct run_options *options);
