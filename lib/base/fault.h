/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What went wrong, for a person: libraries are silent, so a function that can fail for a reason that
 * somebody has to act on fills a fault; the program that handles it prints it once.
 */

#include <stdarg.h>
#include <stddef.h>

#include "lib/base/mem.h"

enum {
	FAULT_LAYER_BYTES = 24, /* the longest layer name is "user-namespace" */
	FAULT_TEXT_BYTES = 512, /* one sentence and one path of ordinary length */
};

/* An empty fault has error 0. `layer` is a stable word ("cgroup", "seccomp", "policy", ...). */
struct fault {
	int error; /* -errno */
	char layer[FAULT_LAYER_BYTES];
	char text[FAULT_TEXT_BYTES];
};

/*
 * Fills `fault` (may be NULL: then nobody wants to know) and returns `error`, so that callers write
 * `return fault_set(fault, -errno, "cgroup", "cannot create %s", path);`. The text is what failed and what
 * to do; when `error` is negative ": strerror" is appended, 0 is not allowed. Truncates, never fails.
 */
int fault_set(struct fault *fault, int error, const char *layer, const char *format, ...)
	_printf_(4, 5);

/* The same without the ": strerror" tail, for faults that no errno explains (bad input). */
int fault_say(struct fault *fault, int error, const char *layer, const char *format, ...)
	_printf_(4, 5);
