/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the scratch are memory: filling it with more than the memory limit is MLE, and nothing of ours may die of it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];
	int fd = open("fill", O_WRONLY | O_CREAT, 0644);

	while (write(fd, block, sizeof(block)) > 0)
		;
	attempt_blocked();
}
