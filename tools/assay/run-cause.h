/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A step's figures and the reason of its verdict, in the words of a table cell. */

#include <stddef.h>
#include <stdint.h>

#include "lib/contract/result.h"

enum {
	CAUSE_BYTES = 640, /* a checker's message and a list of limits */
	FIGURE_BYTES = 32, /* one number with its unit */
};

/*
 * Why the verdict is what it is: "exit code 3", "SIGSEGV (Segmentation fault)", "CPU time over 500ms; also over pids 16",
 * the checker's message, a refused call, a fault. Empty for a plain AC. One line, escaped. Returns `buffer`.
 */
const char *run_cause(const struct step_result *step, char *buffer, size_t size);

/* "873 us", "48.3 ms", "2.00 s". Returns `buffer`. */
const char *run_figure_time(uint64_t ns, char *buffer, size_t size);

/* "812 KiB", "27.1 MiB". Returns `buffer`. */
const char *run_figure_bytes(uint64_t bytes, char *buffer, size_t size);
