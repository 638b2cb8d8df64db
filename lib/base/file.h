/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Small files of the kernel (cgroupfs, procfs) and of the administrator, always relative to a
 * directory fd. `dir_fd` may be AT_FDCWD everywhere.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes `text` to an existing file in one write(2), as cgroupfs wants it. 0 or -errno. */
int file_write(int dir_fd, const char *path, const char *text);

/* Writes a decimal number likewise. */
int file_write_u64(int dir_fd, const char *path, uint64_t value);

/*
 * Reads a whole file of at most `size` - 1 bytes into `buffer` and ends it with NUL; a trailing newline is cut.
 * Returns the length, -EFBIG when it does not fit, or -errno.
 */
ssize_t file_read(int dir_fd, const char *path, char *buffer, size_t size);

/* Reads a file that holds one decimal number. "max" is UINT64_MAX. 0, -EINVAL, or -errno. */
int file_read_u64(int dir_fd, const char *path, uint64_t *ret_value);

/*
 * Finds `key` at the start of a line of `text` ("key value\n...") and parses the decimal value after it.
 * 0, -ENOENT when there is no such line, -EINVAL when what follows is not a number.
 */
int text_field_u64(const char *text, const char *key, uint64_t *ret_value);

/*
 * Reads a whole regular file into a new buffer that ends with NUL (not counted in the size).
 * -EFBIG over `max_bytes`, -EISDIR, -EINVAL for other kinds, or -errno. The caller owns *ret_data.
 */
int file_read_whole(int dir_fd, const char *path, size_t max_bytes, char **ret_data,
		    size_t *ret_size);
