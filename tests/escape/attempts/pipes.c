/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory in pipes: as many as there may be, as large as they may be, all full. Counted by the cgroup, limited by open files.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];
	long n = 0;
	int pair[2];

	while (pipe2(pair, O_NONBLOCK) == 0) {
		(void)fcntl(pair[1], F_SETPIPE_SZ, 1 << 20);
		for (ssize_t got; (got = write(pair[1], block, sizeof(block))) > 0;)
			n += got;
	}
	if (n > 1L << 30)
		attempt_escaped("1 GiB in pipes");
	attempt_blocked();
}
