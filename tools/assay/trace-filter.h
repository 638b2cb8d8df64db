/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which events of a trace are wanted: what several verbs' options say. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/trace/reader.h"
#include "tools/assay/options.h"

/* All zeros wants everything. */
struct trace_filter {
	uint64_t kinds; /* bits by kind; 0: all */
	char **calls;	/* names; NULL: all */
	char **paths;	/* patterns; NULL: all */
	char **steps;	/* names; NULL: all */
	uint32_t *pids;
	size_t n_pids;
	uint64_t from_ns, to_ns; /* to_ns 0: no end */
	bool denied, failed;
};

void trace_filter_clear(struct trace_filter *filter);

#define _cleanup_trace_filter_ _cleanup_(trace_filter_clear)

bool trace_filter_wants(const struct trace_filter *filter, const struct trace_item *item);

/* The parse functions of options whose field is the whole struct trace_filter. */
int trace_filter_kind(void *filter, const char *text, char *error, size_t error_size);
int trace_filter_pid(void *filter, const char *text, char *error, size_t error_size);
int trace_filter_call(void *filter, const char *text, char *error, size_t error_size);
int trace_filter_time(void *filter, const char *text, char *error, size_t error_size);

/* The rows of an options table for a filter that is the member `filter` of the verb's struct. */
#define TRACE_FILTER_ROWS(type)                                                                  \
	{"kind",                                                                                 \
	 "KIND,...",                                                                             \
	 "Only events of these kinds: syscall, exec, fork, exit, signal, net, denied, ...",      \
	 OPTION_PARSE,                                                                           \
	 offsetof(type, filter),                                                                 \
	 trace_filter_kind},                                                                     \
		{"call",                                                                         \
		 "NAME,...",                                                                     \
		 "Only these system calls.",                                                     \
		 OPTION_PARSE,                                                                   \
		 offsetof(type, filter),                                                         \
		 trace_filter_call},                                                             \
		{"pid",                                                                          \
		 "PID,...",                                                                      \
		 "Only these processes.",                                                        \
		 OPTION_PARSE,                                                                   \
		 offsetof(type, filter),                                                         \
		 trace_filter_pid},                                                              \
		{"path",                                                                         \
		 "PATTERN",                                                                      \
		 "Only events about a path that contains the text, or matches the pattern "      \
		 "when it has *, ? or [; may be given several times.",                           \
		 OPTION_LIST,                                                                    \
		 offsetof(type, filter.paths),                                                   \
		 NULL},                                                                          \
		{"step",                                                                         \
		 "NAME",                                                                         \
		 "Only this step (compile, or the name of a case); may be given several times.", \
		 OPTION_LIST,                                                                    \
		 offsetof(type, filter.steps),                                                   \
		 NULL},                                                                          \
		{"time",                                                                         \
		 "FROM-TO",                                                                      \
		 "Only events within these times since their step's start, such as 0-10ms or "   \
		 "1.5s-.",                                                                       \
		 OPTION_PARSE,                                                                   \
		 offsetof(type, filter),                                                         \
		 trace_filter_time},                                                             \
		{"denied",                                                                       \
		 NULL,                                                                           \
		 "Only calls that were refused by the sandbox.",                                 \
		 OPTION_FLAG,                                                                    \
		 offsetof(type, filter.denied),                                                  \
		 NULL},                                                                          \
	{                                                                                        \
		"failed", NULL, "Only calls that returned an error.", OPTION_FLAG,               \
			offsetof(type, filter.failed), NULL                                      \
	}
