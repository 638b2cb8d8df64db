/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The report answers, in this order: what did the compiler say, what became of each case, why, and how far can the
 * figures be trusted. The last one is part of every report, in three lines: the limits that were in force, the files that the
 * figures were read from, and what the sandbox was made of.
 *
 * Texts that a submission can make as long as it likes (compiler messages, stderr) are cut to a number of lines that fits a
 * screen, and say that they were; --output keeps all of it.
 */

#include "tools/assay/run-report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/base/escape.h"
#include "tools/assay/denied.h"
#include "tools/assay/run-cause.h"
#include "tools/assay/run-kept.h"
#include "tools/assay/run-report-metered.h"
#include "tools/assay/table.h"

enum {
	COMPILER_LINES_MAX = 40, /* of a compiler's messages: a screen */
	STDERR_LINES_MAX =
		12, /* of a failed case: a traceback's end is cut rather than the verdict */
	LINE_BYTES_MAX = 4096, /* of one such line */
	NAME_BYTES = 256,
	REPORT_COLUMNS = 80, /* of lists; tables are as wide as they have to be */
	LABEL_COLUMNS = 10,
};

static int write_compiler(const struct term *term, const struct run_result *result)
{
	if (!result->has_compile || result->compile.verdict == VERDICT_AC)
		return 0;
	int r = run_kept_excerpt(term, "compiler", result->compile.stderr_fd, COMPILER_LINES_MAX);
	if (r < 0)
		return r;
	return run_kept_excerpt(term, "compiler (standard output)", result->compile.stdout_fd,
				COMPILER_LINES_MAX);
}

static enum term_style verdict_style(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_AC:
		return TERM_GREEN;
	case VERDICT_PC:
		return TERM_YELLOW;
	case VERDICT_IE:
		return TERM_MAGENTA;
	case VERDICT_SK:
		return TERM_DIM;
	default:
		return TERM_RED;
	}
}

static int add_figures(struct table *table, const struct step_result *step)
{
	char cpu[FIGURE_BYTES] = "-", wall[FIGURE_BYTES] = "-", memory[FIGURE_BYTES] = "-";

	if (step->ran) {
		(void)run_figure_time(step->cpu_time_ns, cpu, sizeof(cpu));
		(void)run_figure_time(step->wall_time_ns, wall, sizeof(wall));
		(void)run_figure_bytes(step->memory_peak_bytes, memory, sizeof(memory));
	}
	if (table_add(table, TERM_PLAIN, cpu) < 0 || table_add(table, TERM_PLAIN, wall) < 0)
		return -ENOMEM;
	return table_add(table, TERM_PLAIN, memory);
}

static int add_step(struct table *table, const char *name, const char *code,
		    const struct step_result *step)
{
	char shown[NAME_BYTES], cause[CAUSE_BYTES];

	(void)escape_string(shown, sizeof(shown), name);
	if (table_add(table, TERM_PLAIN, shown) < 0 ||
	    table_add(table, verdict_style(step->verdict), code) < 0 || add_figures(table, step) < 0)
		return -ENOMEM;
	return table_add(table, TERM_PLAIN, run_cause(step, cause, sizeof(cause)));
}

static int add_heading(struct table *table)
{
	static const char *const names[] = {"case", "verdict", "cpu", "wall", "memory", "cause"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (table_add(table, TERM_DIM, names[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int write_table(const struct term *term, const struct run_result *result)
{
	_cleanup_table_ struct table table = {
		.n_columns = 6,
		.right = {false, false, true, true, true, false},
	};
	int r = add_heading(&table);

	if (r == 0 && result->has_compile)
		r = add_step(&table, "compile",
			     result->compile.verdict == VERDICT_AC ?
				     "ok" :
				     verdict_code(result->compile.verdict),
			     &result->compile);
	for (size_t i = 0; r == 0 && i < result->n_tests; i++) {
		const struct test_result *test = &result->tests[i];

		r = add_step(&table, test->name, verdict_code(test->step.verdict), &test->step);
	}
	if (r == 0)
		table_write(&table, term);
	return r;
}

/* A single call that decided is the cause in the table already. */
static void write_denied(const struct term *term, const char *name, const struct step_result *step)
{
	char shown[NAME_BYTES], call[256];

	if (step->verdict == VERDICT_DJS && step->n_denied == 1)
		return;

	(void)escape_string(shown, sizeof(shown), name);
	for (size_t i = 0; i < step->n_denied; i++)
		(void)fprintf(term->stream, "denied    %s: %s\n", shown,
			      denied_describe(&step->denied[i], call, sizeof(call)));
}

/* The calls of the compile step and of the first case that has any: the others' are in --json. */
static void write_all_denied(const struct term *term, const struct run_result *result)
{
	if (result->has_compile)
		write_denied(term, "compile", &result->compile);
	for (size_t i = 0; i < result->n_tests; i++) {
		if (result->tests[i].step.n_denied == 0)
			continue;
		write_denied(term, result->tests[i].name, &result->tests[i].step);
		break;
	}
}

/* stderr of the first case that failed: where a traceback or an assertion is. A single run's was shown in full. */
static int write_first_stderr(const struct term *term, const struct run_result *result)
{
	for (size_t i = 0; result->n_tests > 1 && i < result->n_tests; i++) {
		const struct test_result *test = &result->tests[i];
		char shown[NAME_BYTES], heading[NAME_BYTES + 32];

		if (test->step.verdict == VERDICT_AC || test->step.stderr_bytes == 0)
			continue;
		(void)escape_string(shown, sizeof(shown), test->name);
		(void)snprintf(heading, sizeof(heading), "standard error of %s", shown);
		return run_kept_excerpt(term, heading, test->step.stderr_fd, STDERR_LINES_MAX);
	}
	return 0;
}

/* The engine's message names the layer that failed, or the case that decided: of several. */
static const char *verdict_words(const struct run_result *result)
{
	bool tells = result->verdict == VERDICT_IE ||
		     (result->n_tests > 1 && result->verdict != VERDICT_CE);

	return tells && result->message[0] ? result->message : verdict_name(result->verdict);
}

static void write_verdict(const struct term *term, const struct run_result *result)
{
	const char *words = verdict_words(result);
	char message[RESULT_MESSAGE_BYTES];
	size_t accepted = 0;

	for (size_t i = 0; i < result->n_tests; i++)
		accepted += result->tests[i].step.verdict == VERDICT_AC;
	(void)escape_line(message, sizeof(message), words, strlen(words));
	(void)fprintf(term->stream, "verdict   %s%s%s, %s",
		      term_style(term, verdict_style(result->verdict)),
		      verdict_code(result->verdict), term_style(term, TERM_PLAIN), message);
	if (result->n_tests > 1)
		(void)fprintf(term->stream, "; %zu of %zu cases accepted, score %.4g", accepted,
			      result->n_tests, result->score);
	(void)fputc('\n', term->stream);
}

static void write_totals(const struct term *term, const struct run_result *result)
{
	uint64_t cpu_ns = 0, wall_ns = 0, memory_bytes = 0;
	char cpu[FIGURE_BYTES], wall[FIGURE_BYTES], memory[FIGURE_BYTES];

	if (result->n_tests < 2)
		return;
	for (size_t i = 0; i < result->n_tests; i++) {
		const struct step_result *step = &result->tests[i].step;

		cpu_ns += step->cpu_time_ns;
		wall_ns += step->wall_time_ns;
		memory_bytes = MAX(memory_bytes, step->memory_peak_bytes);
	}
	(void)fprintf(term->stream, "total     cpu %s, wall %s, memory at most %s\n",
		      run_figure_time(cpu_ns, cpu, sizeof(cpu)),
		      run_figure_time(wall_ns, wall, sizeof(wall)),
		      run_figure_bytes(memory_bytes, memory, sizeof(memory)));
}

/* The step that stands for the others: the last case that ran, or the compile step. */
static const struct step_result *sample_step(const struct run_result *result)
{
	for (size_t i = result->n_tests; i > 0; i--) {
		if (result->tests[i - 1].step.ran)
			return &result->tests[i - 1].step;
	}
	return result->has_compile && result->compile.ran ? &result->compile : NULL;
}

/* A labelled list whose lines are broken before column 80. */
struct list {
	const struct term *term;
	size_t column; /* 0: nothing was written yet */
};

static void list_add(struct list *list, const char *label, const char *name, const char *value)
{
	size_t width = strlen(name) + 1 + strlen(value);

	if (list->column == 0)
		list->column = (size_t)fprintf(list->term->stream, "%-*s", LABEL_COLUMNS, label);
	else if (list->column + strlen(", ") + width + strlen(",") > REPORT_COLUMNS)
		list->column = (size_t)fprintf(list->term->stream, ",\n%*s", LABEL_COLUMNS, "") - 2;
	else
		list->column += (size_t)fprintf(list->term->stream, ", ");
	list->column += (size_t)fprintf(list->term->stream, "%s %s", name, value);
}

static void list_end(const struct list *list)
{
	if (list->column > 0)
		(void)fputc('\n', list->term->stream);
}

static void write_limits(const struct term *term, const struct step_result *step)
{
	struct list list = {term, 0};

	for (enum limit_key key = 0; key < LIMIT_MAX; key++) {
		uint64_t limit = limits_get(&step->limits, key);
		char value[FIGURE_BYTES];

		if (limit == LIMIT_NONE)
			continue;
		(void)limit_format(key, limit, value, sizeof(value));
		list_add(&list, "limits", limit_info(key)->name, value);
	}
	list_end(&list);
}

static void write_sources(const struct term *term, const struct step_sources *sources)
{
	const struct {
		const char *name, *source;
	} rows[] = {
		{"cpu from", sources->cpu},
		{"memory from", sources->memory},
		{"processes from", sources->processes},
		{"oom from", sources->oom},
	};
	struct list list = {term, 0};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].source)
			list_add(&list, "figures", rows[i].name, rows[i].source);
	}
	list_end(&list);
}

static void write_sandbox(const struct term *term, const struct run_result *result,
			  const struct policy *policy)
{
	struct utsname host = {0};

	(void)uname(&host);
	(void)fprintf(term->stream, "sandbox   policy %s, cgroup %s, %s %s\n", policy->name,
		      result->cgroup_mode ? result->cgroup_mode : "-", host.sysname, host.release);
	for (size_t i = 0; i < result->n_degraded; i++)
		(void)fprintf(term->stream, "%sdegraded%s  %s\n", term_style(term, TERM_YELLOW),
			      term_style(term, TERM_PLAIN), result->degraded[i]);
}

static void write_summary(const struct term *term, const struct run_result *result,
			  const struct policy *policy)
{
	const struct step_result *step = sample_step(result);

	write_verdict(term, result);
	write_totals(term, result);
	run_report_metered(term, result);
	if (step) {
		write_limits(term, step);
		write_sources(term, &step->sources);
	}
	write_sandbox(term, result, policy);
}

int run_report_write(const struct term *term, const struct run_result *result,
		     const struct policy *policy, const struct run_trace_told *trace)
{
	int r = write_compiler(term, result);

	if (r < 0)
		return r;
	r = write_first_stderr(term, result);
	if (r < 0)
		return r;
	r = write_table(term, result);
	if (r < 0)
		return r;
	(void)fputc('\n', term->stream);
	write_all_denied(term, result);
	write_summary(term, result, policy);
	run_report_trace(term, trace);
	return ferror(term->stream) ? -EIO : 0;
}
