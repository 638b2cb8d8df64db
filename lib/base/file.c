/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files of the kernel and of the administrator.
 *
 * cgroupfs and procfs are text interfaces with rules of their own: a value has to arrive in one write(2) (a second
 * one would be a second command), a read may come in pieces, and sizes from stat are 0. Numbers are parsed strictly:
 * digits and nothing else, since strtoull(3) takes signs, white space and wraps "-1", and a limit that was read
 * wrongly is a limit that is not in force.
 *
 * Nothing here creates, truncates or blocks: files are opened as they stand, and a FIFO where a regular file is
 * expected is refused and not waited for.
 */

#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/fd.h"
#include "lib/base/mem.h"

enum {
	NUMBER_BYTES = 32, /* UINT64_MAX has 20 digits */
	FIRST_BUFFER_BYTES = 4096,
};

int file_write(int dir_fd, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t size = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		n = write(fd, text, size);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int file_write_u64(int dir_fd, const char *path, uint64_t value)
{
	char text[NUMBER_BYTES];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	return file_write(dir_fd, path, text);
}

ssize_t file_read(int dir_fd, const char *path, char *buffer, size_t size)
{
	_cleanup_close_ int fd = -EBADF;
	ssize_t n;

	if (size == 0)
		return -EINVAL;
	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	n = fd_read_full(fd, buffer, size);
	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -EFBIG;
	if (n > 0 && buffer[n - 1] == '\n')
		n--;
	buffer[n] = '\0';
	return n;
}

/* Parses the digits at the start of `text`. How many there are, 0 when none or when the number does not fit. */
static size_t parse_u64(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; text[n] >= '0' && text[n] <= '9'; n++) {
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[n] - '0'), &value))
			return 0;
	}
	if (n > 0)
		*ret_value = value;
	return n;
}

int file_read_u64(int dir_fd, const char *path, uint64_t *ret_value)
{
	char text[NUMBER_BYTES];
	uint64_t value;
	ssize_t n = file_read(dir_fd, path, text, sizeof(text));

	if (n == -EFBIG)
		return -EINVAL;
	if (n < 0)
		return (int)n;
	if (n == 3 && memcmp(text, "max", 3) == 0) {
		*ret_value = UINT64_MAX;
		return 0;
	}
	if (n == 0 || parse_u64(text, &value) != (size_t)n)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* The value behind `key` in a line "key value", or NULL when the line is another one. */
static const char *line_value(const char *line, const char *key, size_t key_length)
{
	if (strncmp(line, key, key_length) != 0 || line[key_length] != ' ')
		return NULL;
	return line + key_length + 1;
}

int text_field_u64(const char *text, const char *key, uint64_t *ret_value)
{
	size_t key_length = strlen(key);
	const char *next;

	for (const char *line = text; line; line = next) {
		const char *value = line_value(line, key, key_length);
		uint64_t number;
		size_t n;

		next = strchr(line, '\n');
		if (next)
			next++;
		if (!value)
			continue;
		n = parse_u64(value, &number);
		if (n == 0 || (value[n] != '\0' && value[n] != '\n'))
			return -EINVAL;
		*ret_value = number;
		return 0;
	}
	return -ENOENT;
}

/* Opens for reading what is a regular file; O_NONBLOCK keeps a FIFO or a device from stopping the caller. */
static int open_regular(int dir_fd, const char *path, uint64_t *ret_size)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret_size = (uint64_t)st.st_size;
	return TAKE_FD(fd);
}

/* Makes room for `size` bytes and a NUL. */
static int grow(char **data, size_t size)
{
	char *larger = realloc(*data, size + 1);

	if (!larger)
		return -ENOMEM;
	*data = larger;
	return 0;
}

int file_read_whole(int dir_fd, const char *path, size_t max_bytes, char **ret_data,
		    size_t *ret_size)
{
	_cleanup_free_ char *data = NULL;
	uint64_t hint = 0;
	_cleanup_close_ int fd = open_regular(dir_fd, path, &hint);
	size_t size = 0, room;
	ssize_t n;
	int r;

	if (fd < 0)
		return fd;
	max_bytes = MIN(max_bytes, (size_t)SSIZE_MAX - 2);
	if (hint > max_bytes)
		return -EFBIG;
	/* One byte over the hint, so that the first read already meets the end; /proc's hint is 0. */
	for (room = MAX((size_t)hint + 1, (size_t)FIRST_BUFFER_BYTES);; room *= 2) {
		room = MIN(room, max_bytes + 1);
		r = grow(&data, room);
		if (r < 0)
			return r;
		n = fd_read_full(fd, data + size, room - size);
		if (n < 0)
			return (int)n;
		size += (size_t)n;
		if (size > max_bytes)
			return -EFBIG;
		if (size < room)
			break;
	}
	data[size] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return 0;
}
