/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors as values with one owner, and the sealed memfd: the form in which everything that is judged
 * travels.
 *
 * A sealed memfd is a file that nobody can change any more, not even who made it: a program that still holds another
 * descriptor of it, or reopens it through /proc, finds it as immutable as everyone else. So an answer can be mapped
 * and compared without a thought for truncation under the reader (SIGBUS) or for bytes that change between two
 * reads. It is also sealed against chmod +x where the kernel knows how (MFD_NOEXEC_SEAL, Linux 6.3): contents are
 * data here, and what is to be executed is copied into a sandbox's own work directory.
 *
 * Invariants: no function here leaves an fd open when it fails; no fd is ever without CLOEXEC; reads and writes go
 * on after EINTR and short transfers, so that callers see only "all", "end of file" or an error.
 */

#include "lib/base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "lib/base/clock.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* linux/memfd.h since 6.3 */
#define MFD_EXEC 0x0010U
#endif

enum {
	MEMFD_NAME_BYTES_MAX = 249,  /* memfd_create(2) */
	COPY_CHUNK_BYTES = 16 << 10, /* on the stack; larger ones measure no faster */
	SEND_BYTES_MAX = 1 << 30,    /* a little less than the kernel takes at once */
};

int fd_close(int fd)
{
	if (fd >= 0) {
		int saved = errno;

		/* After EINTR the descriptor is gone on Linux: trying again could close somebody else's. */
		(void)close(fd);
		errno = saved;
	}
	return -EBADF;
}

/* An empty memfd that can be sealed. Kernels before 6.3 refuse the flags that they do not know. */
static int memfd_new(const char *name, unsigned int exec_flag)
{
	char cut[MEMFD_NAME_BYTES_MAX + 1];
	int fd;

	(void)snprintf(cut, sizeof(cut), "%s", name);
	fd = memfd_create(cut, MFD_CLOEXEC | MFD_ALLOW_SEALING | exec_flag);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(cut, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

/* Puts the offset of a filled memfd back to 0, seals it and hands it to the caller; closes it on failure. */
static int memfd_finish(int memfd)
{
	_cleanup_close_ int fd = memfd;
	int r;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	r = fd_seal(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

int fd_sealed_memfd(const char *name, const void *data, size_t size)
{
	_cleanup_close_ int fd = memfd_new(name, MFD_NOEXEC_SEAL);
	int r;

	if (fd < 0)
		return fd;
	r = fd_write_all(fd, data, size);
	return r < 0 ? r : memfd_finish(TAKE_FD(fd));
}

/*
 * Copies from the start of `source_fd` to its end inside the kernel. -EFBIG when there is more than `max_bytes`; -EINVAL: the kernel cannot do that
 * with this file system. Source: sendfile(2).
 */
static int copy_in_kernel(int fd, int source_fd, uint64_t max_bytes)
{
	off_t offset = 0;
	ssize_t n;

	do {
		if ((uint64_t)offset > max_bytes)
			return -EFBIG;
		/* One more than may be, to see whether there is more. */
		n = sendfile(fd, source_fd, &offset,
			     MIN(max_bytes - (uint64_t)offset, SEND_BYTES_MAX - 1) + 1);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* The same through memory of ours. */
static int copy_up_to(int fd, int source_fd, uint64_t max_bytes)
{
	char chunk[COPY_CHUNK_BYTES];
	uint64_t offset = 0;
	ssize_t n;
	int r;

	while ((n = fd_pread_full(source_fd, chunk, sizeof(chunk), offset)) > 0) {
		if ((uint64_t)n > max_bytes - offset)
			return -EFBIG;
		r = fd_write_all(fd, chunk, (size_t)n);
		if (r < 0)
			return r;
		offset += (uint64_t)n;
	}
	return (int)n;
}

static int sealed_copy(const char *name, int source_fd, uint64_t max_bytes, unsigned int exec_flag)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;
	int r;

	if (fstat(source_fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max_bytes)
		return -EFBIG;

	fd = memfd_new(name, exec_flag);
	if (fd < 0)
		return fd;
	/* The size that fstat said is a hint: /proc says 0, and a file may grow while it is copied. */
	r = copy_in_kernel(fd, source_fd, max_bytes);
	if (r == -EINVAL && lseek(fd, 0, SEEK_SET) == 0)
		r = copy_up_to(fd, source_fd, max_bytes);
	return r < 0 ? r : memfd_finish(TAKE_FD(fd));
}

int fd_sealed_copy(const char *name, int source_fd, uint64_t max_bytes)
{
	return sealed_copy(name, source_fd, max_bytes, MFD_NOEXEC_SEAL);
}

int fd_sealed_program(const char *name, int source_fd, uint64_t max_bytes)
{
	return sealed_copy(name, source_fd, max_bytes, MFD_EXEC);
}

int fd_seal(int fd)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

	return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

int fd_write_all(int fd, const void *data, size_t size)
{
	const char *next = data;

	while (size > 0) {
		ssize_t n = write(fd, next, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO; /* no file of Linux does this; without it the loop would not end */
		next += n;
		size -= (size_t)n;
	}
	return 0;
}

/* From `offset`, or from where the file is when it is negative. */
static ssize_t read_full(int fd, void *data, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		char *to = (char *)data + done;
		ssize_t n = offset < 0 ? read(fd, to, size - done) :
					 pread(fd, to, size - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t fd_read_full(int fd, void *data, size_t size)
{
	return read_full(fd, data, MIN(size, (size_t)SSIZE_MAX), -1);
}

ssize_t fd_pread_full(int fd, void *data, size_t size, uint64_t offset)
{
	size = MIN(size, (size_t)SSIZE_MAX);
	if (offset > (uint64_t)INT64_MAX - size)
		return -EOVERFLOW;
	return read_full(fd, data, size, (off_t)offset);
}

const char *fd_kind_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "no regular file";
	}
}

int fd_pipe(int *ret_read, int *ret_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

int fd_limit_raise(uint64_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur >= wanted)
		return 0;
	if (limit.rlim_max < wanted)
		return -EMFILE;
	limit.rlim_cur = wanted;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

int fd_poll_now(struct pollfd pfds[], size_t n)
{
	int r;

	do
		r = poll(pfds, n, 0);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

bool fd_readable_within(int fd, int msec)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);
	uint64_t end = now + (uint64_t)msec * NSEC_PER_MSEC;
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int r;

	for (;;) {
		uint64_t left_ns = end - MIN(now, end);

		r = poll(&pfd, 1, (int)((left_ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC));
		if (r >= 0 || errno != EINTR)
			return r > 0;
		now = clock_now_ns(CLOCK_MONOTONIC);
	}
}
