/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Events as JSON, written straight into a stream: no tree, so that a trace of any length costs no memory. */

#include <stdio.h>

#include "lib/trace/chunk.h"

/*
 * Writes bytes of anybody's as a JSON string in ASCII: what is not ASCII as \uNNNN, each byte that is not UTF-8 as
 * U+FFFD.
 */
void trace_json_string(FILE *stream, const char *data, size_t size);

/* The object of one event on one line (assay-trace(1), "JSON"). `step` is the name of its step. */
void trace_json_event(FILE *stream, const char *step, const struct event *event,
		      const struct trace_call *call);
