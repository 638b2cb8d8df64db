/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One output stream of a step: the program writes into a pipe, the kernel moves what is there into a memfd of the supervisor. The bytes
 * never pass through the supervisor's own memory and are never charged to the submission's memory limit.
 */

#include <stdbool.h>
#include <stdint.h>

struct capture {
	int pipe_fd;	/* read end; -EBADF after the end */
	int memfd;	/* -EBADF until the first byte */
	uint64_t bytes; /* kept so far */
	uint64_t limit_bytes;
	bool over; /* the program wrote more than the limit */
};

/* Makes the pipe. The caller owns *ret_write_fd, the program's end. 0 or -errno. */
int capture_open(uint64_t limit_bytes, struct capture *ret_capture, int *ret_write_fd);

/*
 * Moves what is in the pipe, about 1 MiB at most. 1: more may come (or is there); 0: the end (every writer is gone); -EMSGSIZE: the limit is passed, the
 * first limit_bytes are kept; or -errno.
 */
int capture_drain(struct capture *capture);

/*
 * The kept bytes as a sealed memfd, owned by the caller; -EBADF when there are none. The capture is empty after it. 0, or -errno: there
 * are some and they cannot be sealed, so that nobody can know what the step wrote.
 */
int capture_take(struct capture *capture, int *ret_fd);

/* Closes what it has open and drops what was kept. May be called again. */
void capture_close(struct capture *capture);
