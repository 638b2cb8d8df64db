/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A person wants three things of thousands of counts: what the program did most, what cost most, and whether all of it is known. So the
 * calls that were made most and the lines that cost most are named, and the rest is in the JSON object and in the record.
 */

#include "tools/assay/run-report-metered.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/contract/syscall.h"
#include "supervisor/policy/gas-schedule.h"

enum { NAMED_MAX = 4, LABEL_BYTES = 10, PREFIX_BYTES = 16 };

/* The index of the largest count that is not named yet, or `n` when none is left. */
static size_t next_largest(const uint64_t *counts, size_t n, const bool *named)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (counts[i] > 0 && !named[i] && (best == n || counts[i] > counts[best]))
			best = i;
	return best;
}

/* ": NAME COUNT, NAME COUNT, ..." of the largest ones. */
static void write_largest(FILE *stream, const uint64_t *counts, size_t n,
			  const char *(*name)(const void *of, size_t i), const void *of)
{
	bool named[GAS_CALLS_MAX] = {false};
	const char *separator = ": ";

	for (size_t k = 0, i; k < NAMED_MAX && (i = next_largest(counts, n, named)) < n; k++) {
		named[i] = true;
		(void)fprintf(stream, "%s%s %" PRIu64, separator, name(of, i), counts[i]);
		separator = ", ";
	}
	(void)fputs(next_largest(counts, n, named) < n ? ", ...\n" : "\n", stream);
}

static const char *call_name(const void *of _unused_, size_t i)
{
	const char *name = i < GAS_CALLS_MAX - 1 ? syscall_name((int)i) : NULL;

	return name != NULL ? name : "other";
}

static const char *item_name(const void *of, size_t i)
{
	const struct gas_schedule *schedule = of;
	const char *name = gas_item_name((enum gas_item)i);

	return name != NULL ? name : schedule->classes[i].name;
}

struct sums {
	bool any;
	uint64_t syscalls, forks, execs, used, limit;
	uint64_t denied_exec, denied_open, denied_connect;
	uint64_t calls[GAS_CALLS_MAX];
	uint64_t gas[GAS_ITEM_MAX];
};

static void sum(struct sums *sums, const struct step_result *step)
{
	if (!step->counters.present)
		return;
	sums->any = true;
	sums->syscalls += step->counters.syscalls;
	sums->forks += step->counters.forks;
	sums->execs += step->counters.execs;
	sums->denied_exec += step->counters.denied_exec;
	sums->denied_open += step->counters.denied_open;
	sums->denied_connect += step->counters.denied_connect;
	sums->used += step->gas.used;
	sums->limit = step->gas.limit;
	for (size_t i = 0; i < GAS_CALLS_MAX; i++)
		sums->calls[i] += step->counters.calls[i];
	for (size_t i = 0; i < GAS_ITEM_MAX; i++)
		sums->gas[i] += step->gas.gas[i];
}

/* Cases only: what a compiler does is not the submission's. A submission that did not compile has nothing else. */
static void sum_all(struct sums *sums, const struct run_result *result)
{
	for (size_t i = 0; i < result->n_tests; i++)
		if (result->tests[i].step.ran)
			sum(sums, &result->tests[i].step);
	if (!sums->any && result->has_compile)
		sum(sums, &result->compile);
}

/* Only where there is something to say: few policies deny what a filter allows. */
static void write_denials(FILE *stream, const struct sums *sums)
{
	if (sums->denied_exec + sums->denied_open + sums->denied_connect == 0)
		return;
	(void)fprintf(stream,
		      "%-*s%" PRIu64 " programs, %" PRIu64 " files, %" PRIu64
		      " connections, by the policy\n",
		      LABEL_BYTES, "denied", sums->denied_exec, sums->denied_open,
		      sums->denied_connect);
}

void run_report_metered(const struct term *term, const struct run_result *result)
{
	struct sums sums = {0};
	const struct gas_schedule *schedule = result->gas_schedule;

	sum_all(&sums, result);
	if (!sums.any)
		return;
	(void)fprintf(term->stream, "%-*s%" PRIu64, LABEL_BYTES, "calls", sums.syscalls);
	write_largest(term->stream, sums.calls, GAS_CALLS_MAX, call_name, NULL);
	write_denials(term->stream, &sums);
	if (schedule == NULL)
		return;
	(void)fprintf(term->stream, "%-*s%" PRIu64 " by %s", LABEL_BYTES, "gas", sums.used,
		      schedule->id);
	write_largest(term->stream, sums.gas, GAS_ITEM_MAX, item_name, schedule);
}

void run_report_trace(const struct term *term, const struct run_trace_told *trace)
{
	char file[1024], lost[32] = "none";

	if (trace == NULL)
		return;
	(void)escape_line(file, sizeof(file), trace->file, strlen(trace->file));
	if (trace->summary.lost > 0)
		(void)snprintf(lost, sizeof(lost), "%" PRIu64, trace->summary.lost);
	(void)fprintf(term->stream, "%-*s%s: %" PRIu64 " events, %s lost, sealed by %.*s\n",
		      LABEL_BYTES, "trace", file, trace->summary.events, lost, PREFIX_BYTES,
		      trace->summary.key);
}
