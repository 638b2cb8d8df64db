/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same on the other stream.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];

	for (;;)
		(void)write(2, block, sizeof(block));
}
