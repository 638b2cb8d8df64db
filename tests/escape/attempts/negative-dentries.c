/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for files that do not exist: each miss stays in the kernel's cache. The cache counts for the memory limit: it gives way,
 * or, where it does not in time, the limit ends the program.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char path[300];
	struct stat st;

	for (long i = 0; i < 300000; i++) {
		(void)snprintf(path, sizeof(path), "/usr/lib/%0200ld", i);
		(void)stat(path, &st);
	}
	attempt_blocked();
}
