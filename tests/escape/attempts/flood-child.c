/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flood comes from a child; the main process ends as soon as that has written more than the limit of 1 MiB.
 */
#include "tests/escape/attempt.h"

enum { FLOOD_BLOCKS = 64 };

int main(void)
{
	static char block[1 << 16];

	int told[2];

	if (pipe(told) < 0)
		attempt_blocked();
	if (fork() == 0)
		for (int i = 0;; i++) {
			(void)write(1, block, sizeof(block));
			if (i == FLOOD_BLOCKS)
				(void)write(told[1], block, 1);
		}
	(void)read(told[0], block, 1);
	return 0;
}
