/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory in the buffers of sockets.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>

int main(void)
{
	static char block[1 << 16];
	int pair[2], size = 64 << 20;
	long n = 0;

	while (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0) {
		(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		for (ssize_t got; (got = send(pair[0], block, sizeof(block), 0)) > 0;)
			n += got;
	}
	if (n > 256L << 20)
		attempt_escaped("socket buffers beyond the memory limit");
	attempt_blocked();
}
