/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops reading nobody: writes just the limit of its output and then waits, to hold the capture open until the wall clock ends it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];

	(void)fcntl(1, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 16; i++)
		(void)write(1, block, sizeof(block));
	for (;;)
		(void)pause();
}
