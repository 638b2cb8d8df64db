/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A result as the JSON object of docs/architecture.md ("Contracts"), version 1. */

#include <stdio.h>

#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "tools/assay/run-trace.h"

enum {
	RUN_JSON_VERSION = 1,
	RUN_JSON_TEXT_BYTES_MAX =
		64 * 1024, /* of one stdout or stderr field, before bad bytes are replaced */
	RUN_JSON_TOTAL_BYTES_MAX =
		64 * 1024 * 1024, /* of all of them: later fields are empty and say truncated */
};

/*
 * Writes the object and a newline. `policy` may be NULL when none could be loaded, `trace` when there is no record. 0, -ENOMEM, or another -errno when a kept
 * output cannot be read; write errors stay in the stream.
 */
int run_json_write(FILE *stream, const struct run_result *result, const struct policy *policy,
		   const struct run_trace_told *trace);
