/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `assay trace stat` adds up while it reads. Memory is bounded whatever the trace. */

#include <stdbool.h>
#include <stdio.h>

#include "lib/trace/reader.h"
#include "tools/assay/gas-bill.h"
#include "tools/assay/tally.h"
#include "tools/assay/trace-time.h"

enum {
	SUMS_PROCESSES_MAX = 4096,   /* shown in the tree; more are counted */
	SUMS_STEPS_MAX = 64,	     /* whose names are kept */
	SUMS_FILES_OPEN_MAX = 16384, /* descriptors that are told apart, a power of two */
};

struct sums_process {
	uint32_t step, pid, parent;
	char program[256]; /* of its last exec, else its comm; escaped when shown */
	size_t program_size;
	bool has_ended;
	int status; /* as wait(2) has it */
	uint64_t calls;
};

/* A step in which processes were. */
struct sums_step {
	uint32_t step;
	char name[64]; /* a stranger's; cut, with a NUL */
};

struct sums_call {
	struct trace_call call; /* name "" when the trace has none */
	uint64_t count, errors, ns, bytes;
};

struct sums {
	const struct trace_record *start; /* lent by the reader; NULL: nothing is said of the run */
	uint64_t events, lost, kinds[TRACE_KINDS_MAX];
	uint64_t bytes, chunk_bytes; /* of the file as far as it was read; of the chunks in it */
	struct sums_call calls[TRACE_CALLS_MAX];
	struct sums_call other_calls;
	struct tally files, network, denied;
	struct sums_process *processes; /* SUMS_PROCESSES_MAX */
	uint32_t n_processes;
	uint32_t *by_pid; /* index + 1 of the latest process with such a number */
	uint64_t more_processes;
	struct sums_step named[SUMS_STEPS_MAX];
	uint32_t n_named;
	struct open_file *open; /* SUMS_FILES_OPEN_MAX */
	struct trace_times times;
	struct bill bill;
	uint32_t steps;
};

int sums_init(struct sums *sums);
void sums_clear(struct sums *sums);

#define _cleanup_sums_ _cleanup_(sums_clear)

void sums_add(struct sums *sums, const struct trace_item *item);

/* Sorts what is to be shown. No sums_add() may follow. */
void sums_finish(struct sums *sums);

/* Writes everything, at most `top` rows of each table. 0 or -ENOMEM. */
int sums_write_text(const struct sums *sums, const struct term *term, size_t top);
void sums_write_json(const struct sums *sums, FILE *stream, size_t top);
