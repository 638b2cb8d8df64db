/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file larger than the limit of a file. SIGXFSZ, or EFBIG when it is ignored.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];
	int fd = open("large", O_WRONLY | O_CREAT, 0644);

	(void)signal(SIGXFSZ, SIG_IGN);
	for (long n = 0; n < 32L << 20; n += sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			attempt_blocked();
	attempt_escaped("a file beyond the limit");
}
