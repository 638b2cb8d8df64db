/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What people see of a result. */

#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "tools/assay/run-trace.h"
#include "tools/assay/term.h"

/*
 * Writes the report on `term`: the compiler's messages when it refused, a line for each case, the denied calls, and a
 * summary that names the limits in force and where each figure was read. Nothing in it that a sandbox
 * chose reaches the terminal unescaped. 0 or -errno (out of memory, a kept output that cannot be read).
 */
int run_report_write(const struct term *term, const struct run_result *result,
		     const struct policy *policy, const struct run_trace_told *trace);
