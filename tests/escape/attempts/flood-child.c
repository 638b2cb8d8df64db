/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main process ends at once; the flood comes from a child that outlives it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];

	if (fork() == 0)
		for (;;)
			(void)write(1, block, sizeof(block));
	usleep(100000);
	return 0;
}
