/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a step wrote: the sealed memfds of a result, as memory, on a terminal and as files. */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"
#include "lib/contract/result.h"
#include "tools/assay/term.h"

/* The content of one, mapped. Empty when the step kept nothing. */
struct kept {
	const char *data;
	size_t size;
};

/* Maps the file behind `fd` (lent; -EBADF is an empty one). 0 or -errno. */
int run_kept_open(int fd, struct kept *ret_kept);

/* Unmaps it. An empty one stays empty. */
void run_kept_close(struct kept *kept);

#define _cleanup_kept_ _cleanup_(run_kept_close)

/*
 * Writes all of it: on a terminal escaped and with a newline at its end, else byte for byte. 0 or -errno; write errors
 * stay in the stream.
 */
int run_kept_write(const struct term *term, int fd);

/*
 * Writes a heading and at most `max_lines` lines, indented and escaped, and how many there are more; nothing at all when
 * there is no content. 0 or -errno.
 */
int run_kept_excerpt(const struct term *term, const char *heading, int fd, size_t max_lines);

/*
 * Opens the directory of --output: makes it (mode 0755) when it does not exist, refuses it when it is not empty. Returns the
 * fd (owned by the caller), *ret_made says whether it was made; or -errno with a fault.
 */
int run_kept_directory(const char *path, bool *ret_made, struct fault *fault);

/*
 * Writes every step's outputs below `dir_fd`: NAME.stdout and NAME.stderr for a case (a '/' in its name makes a
 * subdirectory), compile/stdout and compile/stderr. Nothing that exists is written to, no link is followed. 0 or
 * -errno with a fault.
 */
int run_kept_save(int dir_fd, const struct run_result *result, struct fault *fault);
