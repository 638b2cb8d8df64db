/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The record of `assay run --trace`: the engine's events and steps become a sealed trace. */

#include <stdbool.h>

#include "lib/base/fault.h"
#include "lib/contract/event.h"
#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "lib/contract/submission.h"
#include "lib/trace/writer.h"
#include "supervisor/engine/engine.h"

struct run_trace;

/* What the report and the JSON object say of it. */
struct run_trace_told {
	const char *file; /* as it was given */
	struct trace_summary summary;
};

/*
 * Makes FILE, which must not be there yet or be empty: a record is never written over. `key_dir` is where the node's key is or will
 * be. All is lent as long as the trace lives. 0, or -errno with a sentence.
 */
int run_trace_open(const char *file, const char *key_dir, struct run_trace **ret_trace,
		   struct fault *fault);

/*
 * Takes down what is run and by which rules; it is written with the first event or step, when it is known which programs of the kernel side
 * `engine` uses. `id` is the result's. 0 or -errno with a sentence.
 */
int run_trace_start(struct run_trace *trace, const char *id, const struct engine *engine,
		    const struct policy *policy, const struct submission *submission,
		    struct fault *fault);

/* An event of case `index` (-1: the compile step). 0 or -errno: nothing more can be written. */
int run_trace_event(struct run_trace *trace, int index, const struct event *event);

/* The end of a step. 0 or -errno. */
int run_trace_step(struct run_trace *trace, int index, const char *name,
		   const struct step_result *step);

/*
 * Receipt and seal. 0 or -errno with a sentence; the caller may tell of *ret_told then, which lends FILE. The disk has it when run_trace_sync()
 * returns.
 */
int run_trace_finish(struct run_trace *trace, const struct run_result *result,
		     struct run_trace_told *ret_told, struct fault *fault);

/* Waits until the file is on the disk. 0 or -errno with a sentence; `trace` may be NULL. */
int run_trace_sync(struct run_trace *trace, struct fault *fault);

/* Gives everything back; a file that has nothing in it yet is removed. Returns NULL; `trace` may be NULL. */
struct run_trace *run_trace_close(struct run_trace *trace);
