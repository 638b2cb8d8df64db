/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The lines of the report about what the kernel side counted, and about the record. */

#include "lib/contract/result.h"
#include "tools/assay/run-trace.h"
#include "tools/assay/term.h"

/* "calls ..." and "gas ...": sums over all steps that ran. Nothing where nothing was counted. */
void run_report_metered(const struct term *term, const struct run_result *result);

/* "trace ...": where it is, how many events, none lost, sealed by whom. `trace` may be NULL. */
void run_report_trace(const struct term *term, const struct run_trace_told *trace);
