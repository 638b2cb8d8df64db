/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace`: a verb of verbs. Each reads traces that `assay run --trace` wrote, one event at a time, so that none needs memory
 * in proportion to a trace; none needs root, and none changes anything.
 */

#include "tools/assay/trace.h"
#include "tools/assay/subverb.h"

#include "lib/base/mem.h"

static const struct verb verbs[] = {
	{"show", "the events, a line each", trace_show},
	{"stat", "calls, files, network, processes, denials and gas in sums", trace_stat},
	{"verify", "whether a trace is whole, unchanged and sealed by a trusted key",
	 trace_check_verb},
	{"diff", "what one run did that the other did not", trace_diff},
	{"flame", "time by process and call, as SVG or folded stacks", trace_flame},
	{"export", "events for other tools: Chrome, OpenTelemetry, JSON lines", trace_export},
	{"plot", "memory, CPU, gas and processes over time, as SVG", trace_plot},
};

static const struct option_table help = {
	.usage = "assay trace show|stat|verify|diff|flame|export|plot [OPTIONS] FILE...",
	.intro = "A trace says what a run did, call by call; assay run --trace writes it. "
		 "`assay trace VERB --help` says more about each verb; the file is described in "
		 "docs/trace-format.md.",
};

int verb_trace(int argc, char **argv)
{
	static const struct subverbs table = {TRACE_VERB, &help, verbs, ARRAY_SIZE(verbs)};

	return subverbs_run(&table, argc, argv);
}
