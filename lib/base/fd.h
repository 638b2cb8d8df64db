/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ownership of file descriptors. An fd variable is -EBADF when it holds nothing, every fd is
 * CLOEXEC at birth, and _cleanup_close_ closes it when it leaves scope unless TAKE_FD handed it on.
 */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/base/mem.h"

/* Closes `fd` unless it is negative; keeps errno. Returns -EBADF, so `x = fd_close(x)` empties x. */
int fd_close(int fd);

static inline void fd_close_ptr(int *fd)
{
	(void)fd_close(*fd);
}

#define _cleanup_close_ _cleanup_(fd_close_ptr)

/* Hands the descriptor on and leaves -EBADF behind. */
#define TAKE_FD(fd)                   \
	({                            \
		int taken_fd_ = (fd); \
		(fd) = -EBADF;        \
		taken_fd_;            \
	})

/*
 * A memfd called `name` (shown in /proc/N/fd, cut to 249 bytes) with `size` bytes of `data`, sealed against writing,
 * growing and shrinking, its offset at 0. Returns the fd (owned by the caller) or -errno.
 * Source: memfd_create(2), fcntl(2) F_ADD_SEALS.
 */
int fd_sealed_memfd(const char *name, const void *data, size_t size);

/*
 * Copies the regular file behind `source_fd` (from its start, at most `max_bytes`) into a sealed memfd.
 * Returns the fd, -EFBIG when the file is longer, -EINVAL when it is not a regular file, or -errno.
 */
int fd_sealed_copy(const char *name, int source_fd, uint64_t max_bytes);

/* The same for a program of ours that will be executed from the copy: the one kind of memfd that may be. */
int fd_sealed_program(const char *name, int source_fd, uint64_t max_bytes);

/* Seals an existing memfd for good (write, grow, shrink, seal). 0 or -errno. */
int fd_seal(int fd);

/*
 * Writes all `size` bytes, going on after short writes and EINTR. 0 or -errno; -EAGAIN from a non-blocking fd that is
 * full, with an unknown part written.
 */
int fd_write_all(int fd, const void *data, size_t size);

/*
 * Reads until `size` bytes or the end of the file. Returns how many bytes were read (0..size) or -errno.
 */
ssize_t fd_read_full(int fd, void *data, size_t size);

/* The same from offset `offset`, without moving the file's own offset. Source: pread(2). */
ssize_t fd_pread_full(int fd, void *data, size_t size, uint64_t offset);

/* What a file of `mode` (st_mode) is, for a sentence: "a directory", "a device". Static text. Source: inode(7). */
const char *fd_kind_name(mode_t mode);

/* Makes both ends of a pipe, CLOEXEC. 0 or -errno; on success the caller owns both. */
int fd_pipe(int *ret_read, int *ret_write);

/* Whether `fd` is readable, or at its end, within `msec` (0: now), whatever signals arrive. Source: poll(2). */
bool fd_readable_within(int fd, int msec);

/* As poll(2) without waiting, whatever signals arrive: how many of them have something, or -errno. */
int fd_poll_now(struct pollfd pfds[], size_t n);

/*
 * Makes sure that this process may have `wanted` files open, raising its own soft RLIMIT_NOFILE as far as the hard one
 * allows. 0, -EMFILE when the hard limit is lower (nothing is changed then), or -errno. Source: getrlimit(2).
 */
int fd_limit_raise(uint64_t wanted);
