/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends descriptors to itself in circles and forgets them: the kernel has to find and free them. Limits on files and
 * memory bound it, and nothing is left afterwards.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>

int main(void)
{
	int pair[2];
	char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 'x';
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	for (int i = 0; i < 20000; i++) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
			attempt_blocked();
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		(void)memcpy(CMSG_DATA(c), &pair[0], sizeof(int));
		(void)sendmsg(pair[1], &msg, MSG_DONTWAIT);
		(void)memcpy(CMSG_DATA(c), &pair[1], sizeof(int));
		(void)sendmsg(pair[0], &msg, MSG_DONTWAIT);
		(void)close(pair[0]);
		(void)close(pair[1]);
	}
	attempt_blocked();
}
