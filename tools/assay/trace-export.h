/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The forms that `assay trace export` writes. */

#include "tools/assay/trace-filter.h"
#include "tools/assay/trace.h"

/* Each writes the events that the filter wants on standard output. 0 at the trace's end, negative after a complaint. */
int export_chrome(struct trace_input *input, const struct trace_filter *filter);
int export_otlp(struct trace_input *input, const struct trace_filter *filter);
int export_jsonl(struct trace_input *input, const struct trace_filter *filter);
