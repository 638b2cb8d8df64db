/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A verdict is two letters; what a person wants to know next is why. Each verdict has one function here that finds
 * its reason in the step's figures, in a table by verdict. Limits that were hit besides the one that decided are named
 * after it, since they often explain it: a program that died of SIGSEGV and was at its memory limit was probably
 * refused memory.
 */

#include "tools/assay/run-cause.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/escape.h"
#include "tools/assay/denied.h"

struct text {
	char *buffer;
	size_t size, length;
};

static _printf_(2, 3) void append(struct text *text, const char *format, ...)
{
	va_list args;

	if (text->length + 1 >= text->size)
		return;
	va_start(args, format);
	int n = vsnprintf(text->buffer + text->length, text->size - text->length, format, args);
	va_end(args);
	text->length = MIN(text->length + (size_t)MAX(n, 0), text->size - 1);
}

static void append_limit(struct text *text, const struct step_result *step, enum limit_key key)
{
	char value[FIGURE_BYTES];

	(void)limit_format(key, limits_get(&step->limits, key), value, sizeof(value));
	append(text, "%s", value);
}

static void cause_fault(struct text *text, const struct step_result *step)
{
	char line[FAULT_TEXT_BYTES];

	(void)escape_line(line, sizeof(line), step->fault.text, strlen(step->fault.text));
	append(text, "%s%s%s", step->fault.layer, step->fault.layer[0] ? ": " : "", line);
}

static void cause_denied(struct text *text, const struct step_result *step)
{
	char call[256];

	if (step->n_denied > 0)
		append(text, "%s", denied_describe(&step->denied[0], call, sizeof(call)));
}

static void cause_exit(struct text *text, const struct step_result *step)
{
	append(text, "exit code %d", step->exit_code);
}

static void cause_signal(struct text *text, const struct step_result *step)
{
	const char *name = sigabbrev_np(step->exit_signal);
	const char *words = sigdescr_np(step->exit_signal);

	if (name)
		append(text, "SIG%s (%s)", name, words ? words : "signal");
	else
		append(text, "signal %d", step->exit_signal);
}

static void cause_checker(struct text *text, const struct step_result *step)
{
	char line[RESULT_MESSAGE_BYTES];

	(void)escape_line(line, sizeof(line), step->checker_message, strlen(step->checker_message));
	append(text, "%s", line);
}

static void cause_compile(struct text *text, const struct step_result *step)
{
	if (step->exit_signal)
		cause_signal(text, step);
	else if (step->exit_code == 0 && step->checker_message[0])
		cause_checker(text, step); /* it ended well, and what it left is the matter */
	else if (!step->limits_hit)
		cause_exit(text, step);
}

static void cause_skipped(struct text *text, const struct step_result *step)
{
	append(text, "an earlier step decided");
}

/* The limit that a verdict stands for; LIMIT_MAX: none, or several could be. */
static enum limit_key deciding_limit(enum verdict verdict)
{
	static const enum limit_key keys[VERDICT_MAX] = {
		[VERDICT_GLE] = LIMIT_GAS, [VERDICT_MLE] = LIMIT_MEMORY, [VERDICT_PLE] = LIMIT_PIDS,
		[VERDICT_TLE] = LIMIT_CPU, [VERDICT_WTLE] = LIMIT_WALL,
	};

	/* LIMIT_CPU is 0, and so is what the table does not name. */
	return keys[verdict] != LIMIT_CPU || verdict == VERDICT_TLE ? keys[verdict] : LIMIT_MAX;
}

static const char *limit_words(enum limit_key key)
{
	static const char *const words[LIMIT_MAX] = {
		[LIMIT_CPU] = "CPU time",    [LIMIT_WALL] = "wall time",
		[LIMIT_DISK] = "disk space", [LIMIT_FILE_SIZE] = "file size",
		[LIMIT_PIDS] = "processes",  [LIMIT_FILES] = "open files",
	};

	return words[key] ? words[key] : limit_info(key)->name;
}

/* "CPU time over 500ms, wall time over 2s", without `except`. */
static void append_limits(struct text *text, const struct step_result *step, enum limit_key except)
{
	const char *separator = "";

	for (enum limit_key key = 0; key < LIMIT_MAX; key++) {
		if (key == except || !(step->limits_hit & (1u << key)))
			continue;
		append(text, "%s%s over ", separator, limit_words(key));
		append_limit(text, step, key);
		separator = ", ";
	}
}

const char *run_cause(const struct step_result *step, char *buffer, size_t size)
{
	static void (*const causes[VERDICT_MAX])(struct text *, const struct step_result *) = {
		[VERDICT_IE] = cause_fault,   [VERDICT_CE] = cause_compile,
		[VERDICT_DJS] = cause_denied, [VERDICT_RTE] = cause_signal,
		[VERDICT_NZ] = cause_exit,    [VERDICT_WA] = cause_checker,
		[VERDICT_PC] = cause_checker, [VERDICT_SK] = cause_skipped,
	};
	struct text text = {buffer, size, 0};
	enum limit_key decided = deciding_limit(step->verdict);

	buffer[0] = '\0';
	if (decided != LIMIT_MAX) {
		append(&text, "%s over ", limit_words(decided));
		append_limit(&text, step, decided);
	} else if (causes[step->verdict]) {
		causes[step->verdict](&text, step);
	}
	if (step->limits_hit & ~(decided == LIMIT_MAX ? 0 : 1u << decided)) {
		append(&text, "%s", text.length ? "; also " : "");
		append_limits(&text, step, decided);
	}
	return buffer;
}

const char *run_figure_time(uint64_t ns, char *buffer, size_t size)
{
	if (ns < NSEC_PER_MSEC)
		(void)snprintf(buffer, size, "%" PRIu64 " us", ns / NSEC_PER_USEC);
	else if (ns < NSEC_PER_SEC)
		(void)snprintf(buffer, size, "%.1f ms", (double)ns / (double)NSEC_PER_MSEC);
	else
		(void)snprintf(buffer, size, "%.2f s", (double)ns / (double)NSEC_PER_SEC);
	return buffer;
}

const char *run_figure_bytes(uint64_t bytes, char *buffer, size_t size)
{
	if (bytes < UINT64_C(1) << 20)
		(void)snprintf(buffer, size, "%" PRIu64 " KiB", bytes >> 10);
	else
		(void)snprintf(buffer, size, "%.1f MiB", (double)bytes / (double)(1 << 20));
	return buffer;
}
