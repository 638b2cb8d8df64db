/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to its output without end.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];

	for (;;)
		(void)write(1, block, sizeof(block));
}
