/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Sums as tables for people. Names from the trace pass through show_write() or show_copy(), like everything that a
 * program chose.
 */

#include "tools/assay/trace-sums.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/trace/names.h"
#include "tools/assay/show.h"
#include "tools/assay/table.h"
#include "tools/assay/trace-facts.h"

enum { DEPTH_MAX = 32 }; /* of the process tree; deeper ones stand at this depth */

static void title(const struct term *term, const char *text)
{
	(void)fprintf(term->stream, "\n%s%s%s\n", term_style(term, TERM_BOLD), text,
		      term_style(term, TERM_PLAIN));
}

static _printf_(2, 3) int cell(struct table *table, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return table_add(table, TERM_PLAIN, text);
}

static int name_cell(struct table *table, const char *name, size_t size)
{
	_cleanup_free_ char *text = show_copy(name, size, SHOW_LINE);

	return text ? table_add(table, TERM_PLAIN, text) : -ENOMEM;
}

static int head(struct table *table, const char *const *names)
{
	int r = 0;

	for (; r == 0 && *names; names++)
		r = table_add(table, TERM_DIM, *names);
	return r;
}

static int compare_calls(const void *a, const void *b)
{
	const struct sums_call *left = *(struct sums_call *const *)a,
			       *right = *(struct sums_call *const *)b;

	if (left->ns != right->ns)
		return left->ns < right->ns ? 1 : -1;
	return left->count < right->count ? 1 : -1;
}

/* The calls that were made, those that took most first. */
static size_t sorted_calls(const struct sums *sums, const struct sums_call **calls)
{
	size_t n = 0;

	for (size_t i = 0; i < TRACE_CALLS_MAX; i++)
		if (sums->calls[i].count)
			calls[n++] = &sums->calls[i];
	if (sums->other_calls.count)
		calls[n++] = &sums->other_calls;
	qsort(calls, n, sizeof(*calls), compare_calls);
	return n;
}

static int write_calls(const struct sums *sums, const struct term *term, size_t top)
{
	static const char *const names[] = {"CALL", "COUNT", "ERRORS", "BYTES", "TIME MS", NULL};
	_cleanup_table_ struct table table = {.n_columns = 5,
					      .right = {false, true, true, true, true}};
	const struct sums_call *calls[TRACE_CALLS_MAX + 1];
	size_t n = sorted_calls(sums, calls);
	int r = head(&table, names);

	for (size_t i = 0; r == 0 && i < MIN(n, top); i++) {
		const char *name = calls[i]->call.name[0] ? calls[i]->call.name : "(without a name)";

		r = name_cell(&table, name, strlen(name));
		if (r == 0)
			r = cell(&table, "%" PRIu64, calls[i]->count);
		if (r == 0)
			r = cell(&table, "%" PRIu64, calls[i]->errors);
		if (r == 0)
			r = cell(&table, "%" PRIu64, calls[i]->bytes);
		if (r == 0)
			r = cell(&table, "%.3f", (double)calls[i]->ns / 1e6);
	}
	if (n == 0 || r < 0)
		return r;
	title(term, "calls");
	table_write(&table, term);
	if (n > top)
		(void)fprintf(term->stream, "and %zu more\n", n - top);
	return 0;
}

static int write_files(const struct sums *sums, const struct term *term, size_t top)
{
	static const char *const names[] = {"OPENED", "FAILED", "BYTES", "FILE", NULL};
	_cleanup_table_ struct table table = {.n_columns = 4, .right = {true, true, true, false}};
	const struct tally *files = &sums->files;
	int r = head(&table, names);

	for (size_t i = 0; r == 0 && i < MIN(files->n, top); i++) {
		r = cell(&table, "%" PRIu64, files->rows[i].count);
		if (r == 0)
			r = cell(&table, "%" PRIu64, files->rows[i].errors);
		if (r == 0)
			r = cell(&table, "%" PRIu64, files->rows[i].bytes);
		if (r == 0)
			r = name_cell(&table, files->rows[i].key, files->rows[i].key_size);
	}
	if (files->n == 0 || r < 0)
		return r;
	title(term, "files");
	table_write(&table, term);
	if (files->n > top)
		(void)fprintf(term->stream, "and %zu more%s\n", files->n - top,
			      files->others.count ? ", and those that found no room" : "");
	return 0;
}

static void write_tally(const struct tally *tally, const char *name, const struct term *term,
			size_t top)
{
	if (tally->n == 0)
		return;
	title(term, name);
	for (size_t i = 0; i < MIN(tally->n, top); i++) {
		(void)fprintf(term->stream, "%6" PRIu64 "  ", tally->rows[i].count);
		show_write(term->stream, tally->rows[i].key, tally->rows[i].key_size, SHOW_LINE);
		(void)fputc('\n', term->stream);
	}
	if (tally->n > top)
		(void)fprintf(term->stream, "and %zu more\n", tally->n - top);
}

static void write_end(const struct sums_process *process, const struct term *term)
{
	char name[16];

	if (!process->has_ended)
		(void)fputs("no end in the trace", term->stream);
	else if (WIFSIGNALED(process->status))
		(void)fprintf(term->stream, "killed by %s",
			      trace_signal_name((uint64_t)WTERMSIG(process->status), name));
	else
		(void)fprintf(term->stream, "exited with %d", WEXITSTATUS(process->status));
}

/* How deep a process stands; parents are listed before their children. */
static uint8_t depth_of(const struct sums *sums, const uint8_t *depths, uint32_t i)
{
	const struct sums_process *process = &sums->processes[i];

	for (uint32_t j = i; j-- > 0 && process->parent;)
		if (sums->processes[j].pid == process->parent &&
		    sums->processes[j].step == process->step)
			return (uint8_t)MIN(depths[j] + 1, DEPTH_MAX);
	return 0;
}

/* Processes of several steps stand below the names of those. */
static void write_step(const struct sums *sums, const struct term *term, uint32_t step)
{
	for (uint32_t i = 0; i < sums->n_named; i++) {
		if (sums->named[i].step != step)
			continue;
		show_write(term->stream, sums->named[i].name, strlen(sums->named[i].name),
			   SHOW_LINE);
		(void)fputs(":\n", term->stream);
		return;
	}
	(void)fprintf(term->stream, "step %" PRIu32 ":\n", step);
}

static void write_processes(const struct sums *sums, const struct term *term, size_t top)
{
	_cleanup_free_ uint8_t *depths = calloc(MAX(sums->n_processes, UINT32_C(1)), 1);
	size_t n = MIN((size_t)sums->n_processes, top);

	if (!depths || n == 0)
		return;
	title(term, "processes");
	for (uint32_t i = 0; i < n; i++) {
		const struct sums_process *process = &sums->processes[i];

		depths[i] = depth_of(sums, depths, i);
		if (sums->n_named > 1 && (i == 0 || process->step != process[-1].step))
			write_step(sums, term, process->step);
		(void)fprintf(term->stream, "%*s%" PRIu32 " ",
			      2 * (depths[i] + (sums->n_named > 1)), "", process->pid);
		show_write(term->stream, process->program, process->program_size, SHOW_LINE);
		(void)fprintf(term->stream, ": %" PRIu64 " calls, ", process->calls);
		write_end(process, term);
		(void)fputc('\n', term->stream);
	}
	if (sums->n_processes + sums->more_processes > n)
		(void)fprintf(term->stream, "and %" PRIu64 " more\n",
			      sums->n_processes + sums->more_processes - n);
}

static void write_head(const struct sums *sums, const struct term *term)
{
	const char *separator = "";

	(void)fprintf(term->stream,
		      "%" PRIu64 " events in %" PRIu32 " %s, %" PRIu64 " lost: ", sums->events,
		      sums->steps, sums->steps == 1 ? "step" : "steps", sums->lost);
	for (unsigned int kind = 0; kind < TRACE_KINDS_MAX; kind++) {
		if (!sums->kinds[kind])
			continue;
		(void)fprintf(term->stream, "%s%" PRIu64 " %s", separator, sums->kinds[kind],
			      event_kind_name(kind) ? event_kind_name(kind) : "of an unknown kind");
		separator = ", ";
	}
	(void)fprintf(term->stream, "\n%" PRIu64 " bytes: %" PRIu64 " of events", sums->bytes,
		      sums->chunk_bytes);
	if (sums->events > 0)
		(void)fprintf(term->stream, ", %.1f an event",
			      (double)sums->chunk_bytes / (double)sums->events);
	(void)fprintf(term->stream, "; %" PRIu64 " of records, receipt and seal\n",
		      sums->bytes - sums->chunk_bytes);
}

int sums_write_text(const struct sums *sums, const struct term *term, size_t top)
{
	write_head(sums, term);
	int r = write_calls(sums, term, top);
	if (r == 0)
		r = write_files(sums, term, top);
	if (r < 0)
		return r;
	write_processes(sums, term, top);
	write_tally(&sums->network, "network", term, top);
	write_tally(&sums->denied, "denied", term, top);
	if (sums->bill.is_there) {
		title(term, "gas");
		r = bill_write_text(&sums->bill, term);
	}
	if (r == 0 && sums->start) {
		title(term, "run");
		facts_write_text(sums->start, term->stream);
	}
	return r;
}
