/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes the file that the compile step left and takes 290 MiB, more than the limit of 256 MiB, as room for it might have been made.
 */
#include "attempt.h"

int main(void)
{
	char *p = malloc(290 << 20);

	(void)unlink("ballast");
	(void)memset(p, 1, 290 << 20);
	return 0;
}
