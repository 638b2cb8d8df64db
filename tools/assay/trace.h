/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `assay trace`: what its verbs share. */

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/fd.h"
#include "lib/trace/reader.h"
#include "tools/assay/options.h"
#include "tools/assay/verb.h"

#define TRACE_VERB "trace"

/* A trace that is open for reading. */
struct trace_input {
	const char *path; /* lent; "-" is standard input */
	int fd;
	struct trace_reader *reader;
};

#define TRACE_INPUT_EMPTY ((struct trace_input){.fd = -EBADF})

/* Opens it. -1, or the exit status after a complaint. */
int trace_input_open(const char *path, struct trace_input *ret_input);

void trace_input_clear(struct trace_input *input);

#define _cleanup_trace_input_ _cleanup_(trace_input_clear)

/* The file's name without directories, for titles. Lent. */
const char *trace_input_name(const struct trace_input *input);

/*
 * The next item of the trace: 1; 0 at its end; or a negative number after a complaint, when the rest cannot be
 * read.
 */
int trace_input_next(struct trace_input *input, struct trace_item *ret_item);

/* At the end of the input: EXIT_OK for a trace that has a receipt, EXIT_NEGATIVE after a complaint for one that is cut. */
int trace_input_end(const struct trace_input *input);

/* The verbs, as the member `run` of struct verb. */
int trace_show(int argc, char **argv);
int trace_stat(int argc, char **argv);
int trace_check_verb(int argc, char **argv);
int trace_diff(int argc, char **argv);
int trace_flame(int argc, char **argv);
int trace_export(int argc, char **argv);
int trace_plot(int argc, char **argv);
