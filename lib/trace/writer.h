/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writes a trace: a start record, the events of steps in chunks, a record at each step's end, a receipt, a seal. Append-only:
 * what is written stays as it is, so a reader of a file that a crash cut short has all but what was being collected.
 *
 * From one thread. A failed write makes every later call return the same error: nothing is written after it, so that the file
 * stays a prefix of a trace.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"
#include "lib/trace/format.h"
#include "lib/trace/key.h"
#include "lib/trace/record.h"

struct trace_writer;

/* What came of it, for the one line that `assay run` says. Texts are hexadecimal. */
struct trace_summary {
	uint64_t events, lost, bytes;
	char digest[TRACE_HASH_HEX];	       /* hash of the receipt, which closes the chain */
	char canonical_digest[TRACE_HASH_HEX]; /* "" when there is none: too many threads */
	char key[TRACE_PUBLIC_HEX];	       /* "" when it is not sealed */
};

/*
 * Begins a trace at the start of the empty file `fd` (lent; opened for writing, as long as the writer lives) with the
 * facts of `start` (lent; sorted by the call). Keys: docs/trace-format.md, "The start record". 0, or -errno with a sentence;
 * the caller owns *ret_writer.
 */
int trace_writer_new(int fd, struct trace_record *start, struct trace_writer **ret_writer,
		     struct fault *fault);

/* Gives everything back; a trace that was not finished stays cut. Returns NULL; `writer` may be NULL. */
struct trace_writer *trace_writer_free(struct trace_writer *writer);

static inline void trace_writer_free_ptr(struct trace_writer **writer)
{
	(void)trace_writer_free(*writer);
}

#define _cleanup_trace_writer_ _cleanup_(trace_writer_free_ptr)

/*
 * Begins a step, such as "compile" or the name of a case. Several steps may be under way at once; each costs 1.2 MiB while it
 * is. *ret_step is its number in the trace, from 0. 0, -E2BIG over TRACE_STEPS_MAX, or -ENOMEM.
 */
int trace_writer_step_begin(struct trace_writer *writer, const char *name, uint32_t *ret_step);

/*
 * Adds the next event of step `number`, which is under way. `event` and its texts are copied. EVENT_GAP and EVENT_END count what the
 * step's record says of loss. 0; -EINVAL for an event of no kind or a step that is not under way; or -errno of a write.
 */
int trace_writer_event(struct trace_writer *writer, uint32_t number, const struct event *event);

/* Writes what was collected of every step, for somebody who follows the file. 0 or -errno. */
int trace_writer_flush(struct trace_writer *writer);

/*
 * Ends step `number`. `facts` (lent, changed) is what the caller knows: verdict, exit, times, the gas account; the writer adds
 * its own counts and the canonical digest. 0 or -errno.
 */
int trace_writer_step_end(struct trace_writer *writer, uint32_t number, struct trace_record *facts);

/*
 * Closes the trace: steps that are still under way end without facts, then receipt (`facts`, lent, changed: the verdict and
 * what else holds for all), seal by `key` (NULL: none). Only trace_writer_sync() and trace_writer_free() may follow. 0 or -errno.
 */
int trace_writer_finish(struct trace_writer *writer, struct trace_record *facts,
			const struct trace_key *key, struct trace_summary *ret_summary);

/*
 * Has what was written put on the disk: 1 to 10 ms, so not while somebody waits for a result. May be called in another thread, while nothing is
 * written. 0 or -errno: the trace may be cut after a loss of power.
 */
int trace_writer_sync(const struct trace_writer *writer);
