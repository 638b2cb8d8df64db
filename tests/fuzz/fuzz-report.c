/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes over a report channel. The input is a row of messages: a length byte, a byte that says how many descriptors, the
 * bytes. Whatever they are: a report is whole or none, and no descriptor is left but the one that was handed out.
 */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/launcher.h"
#include "tests/fuzz/fuzz.h"

enum { FDS_MAX = 40, MESSAGES_MAX = 8 };

static void message_send(int socket, const uint8_t *data, size_t size, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[FDS_MAX];

	if (n_fds > 0) {
		for (size_t i = 0; i < n_fds; i++)
			fds[i] = socket;
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * n_fds);
	}
	REQUIRE(sendmsg(socket, &msg, MSG_NOSIGNAL) == (ssize_t)size);
}

/* The lowest free number: the same before and after when nothing leaks. */
static int next_number(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

static void report_check(int socket, const uint8_t *sent, size_t size)
{
	struct report report;
	int fd = -EBADF, before = next_number();
	int r = report_receive(socket, &report, &fd);

	REQUIRE(r == 1 || r == 0 || r == -EPROTO);
	REQUIRE((r == 0) == (size == 0));
	if (r == 1) {
		REQUIRE(size == sizeof(report) && memcmp(&report, sent, size) == 0);
		(void)fd_close(fd);
	} else {
		REQUIRE(fd == -EBADF);
	}
	REQUIRE(next_number() == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	for (int i = 0; i < MESSAGES_MAX && size >= 2; i++) {
		size_t length = MIN(data[0], size - 2), n_fds = data[1] % (FDS_MAX + 1);

		message_send(ends[1], data + 2, length, n_fds);
		report_check(ends[0], data + 2, length);
		data += 2 + length;
		size -= 2 + length;
	}
	REQUIRE(report_receive(ends[0], &(struct report){0}, &(int){0}) == -EAGAIN);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}
