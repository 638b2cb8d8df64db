/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a pipe and splice, and not a file as the program's stdout: pages of a file are charged to the cgroup of the process that
 * writes them, so a program with much output would meet its memory limit, and a file has no way to stop a flood at the first
 * byte over the limit. A pipe holds most outputs whole until the program ends: then one splice call moves it all.
 *
 * Once the limit is passed the rest is thrown away unread: the caller kills the step.
 *
 * A program can open its pipe once more (/proc/self/fd/1) and take out of it what poll(2) has just seen here. So nothing here waits:
 * bytes are moved by splice with SPLICE_F_NONBLOCK, and never read.
 */

#include "supervisor/sandbox/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/fd.h"

enum {
	SPLICE_BYTES_MAX = 1 << 20,
	DRAIN_BYTES_MAX =
		1 << 20, /* a call: a flood must not keep the loop from other slots' deadlines */
};

int capture_open(uint64_t limit_bytes, struct capture *ret_capture, int *ret_write_fd)
{
	_cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
	int r = fd_pipe(&read_fd, &write_fd);

	if (r < 0)
		return r;
	*ret_capture = (struct capture){
		.pipe_fd = TAKE_FD(read_fd),
		.memfd = -EBADF,
		.limit_bytes = limit_bytes,
	};
	*ret_write_fd = TAKE_FD(write_fd);
	return 0;
}

static int memfd_make(struct capture *capture)
{
	if (capture->memfd >= 0)
		return 0;
	capture->memfd = memfd_create("assay-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return capture->memfd < 0 ? -errno : 0;
}

/* Most streams end without a byte, and need no file. 1: something is there; 0: nothing ever will be; -EAGAIN: nothing yet; -errno. */
static int first_byte(const struct capture *capture)
{
	struct pollfd pfd = {.fd = capture->pipe_fd, .events = POLLIN};
	int r = fd_poll_now(&pfd, 1);

	if (r <= 0)
		return r < 0 ? r : -EAGAIN;
	return (pfd.revents & POLLIN) != 0;
}

/* At the limit: is there one byte more? It stays where it is. As capture_drain(). */
static int limit_probe(struct capture *capture)
{
	int r = first_byte(capture);

	capture->over = r > 0;
	if (r > 0)
		return -EMSGSIZE;
	return r == -EAGAIN ? 1 : r;
}

int capture_drain(struct capture *capture)
{
	uint64_t enough = capture->bytes + DRAIN_BYTES_MAX;

	while (capture->pipe_fd >= 0) {
		uint64_t room = capture->limit_bytes - capture->bytes;
		loff_t at = (loff_t)capture->bytes;
		ssize_t n;
		int r;

		if (capture->over)
			return -EMSGSIZE;
		if (room == 0)
			return limit_probe(capture);
		r = capture->memfd >= 0 ? 1 : first_byte(capture);
		if (r > 0)
			r = memfd_make(capture);
		else if (r == 0 || r == -EAGAIN)
			return r < 0;
		if (r < 0)
			return r;
		n = splice(capture->pipe_fd, NULL, capture->memfd, &at,
			   (size_t)MIN(room, (uint64_t)SPLICE_BYTES_MAX), SPLICE_F_NONBLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 1 : -errno;
		if (n == 0)
			return 0;
		capture->bytes += (uint64_t)n;
		if (capture->bytes >= enough)
			return 1;
	}
	return 0;
}

int capture_take(struct capture *capture, int *ret_fd)
{
	int r = 0;

	*ret_fd = -EBADF;
	if (capture->bytes > 0 && capture->memfd >= 0) {
		r = fd_seal(capture->memfd);
		(void)lseek(capture->memfd, 0, SEEK_SET);
		if (r == 0)
			*ret_fd = TAKE_FD(capture->memfd);
	}
	capture_close(capture);
	return r;
}

void capture_close(struct capture *capture)
{
	capture->pipe_fd = fd_close(capture->pipe_fd);
	capture->memfd = fd_close(capture->memfd);
}
