/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes the file that the compile step left and takes 290 MiB, more than the limit of 256 MiB, as room for it might have been made.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	volatile char *p = malloc(290 << 20);

	(void)unlink("ballast");
	for (long i = 0; i < 290 << 20; i += 4096)
		p[i] = 1;
	return 0;
}
