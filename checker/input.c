/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole file as bytes in memory.
 *
 * In a sandbox both files are sealed memfds, whose pages exist already: mapping them costs no memory, and no seal
 * would let them shrink under the reader. What cannot be mapped (a pipe, when a person tries the checker out) is read
 * into anonymous memory that doubles; malloc(3) is not used, so that the set of system calls stays small and known.
 */

#include "checker/input.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"

enum { FIRST_BYTES = 1 << 20 };

/* NULL, and errno, when there is no memory. */
static char *map_new(size_t size)
{
	void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return data == MAP_FAILED ? NULL : data;
}

/* Moves what has been read into a mapping of twice the size. */
static int map_double(char **data, size_t *size)
{
	char *larger;

	if (*size >= INPUT_STREAM_BYTES_MAX)
		return -EFBIG;
	larger = map_new(2 * *size);
	if (larger == NULL)
		return -errno;
	memcpy(larger, *data, *size);
	(void)munmap(*data, *size);
	*data = larger;
	*size *= 2;
	return 0;
}

static int read_stream(int fd, struct text *ret_text)
{
	size_t size = FIRST_BYTES, filled = 0;
	char *data = map_new(size);
	int r;

	if (data == NULL)
		return -errno;
	for (;;) {
		ssize_t n = fd_read_full(fd, data + filled, size - filled);

		if (n < 0)
			return (int)n;
		filled += (size_t)n;
		if (filled < size)
			break;
		r = map_double(&data, &size);
		if (r < 0)
			return r;
	}
	*ret_text = (struct text){data, filled};
	return 0;
}

int input_open(int fd, struct text *ret_text)
{
	struct stat st;
	void *data;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) && st.st_size > 0) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED) {
			*ret_text = (struct text){data, (size_t)st.st_size};
			return 0;
		}
	}
	/* A regular file may have been read by somebody before; a pipe has no start to go back to. */
	if (S_ISREG(st.st_mode))
		(void)lseek(fd, 0, SEEK_SET);
	return read_stream(fd, ret_text);
}
