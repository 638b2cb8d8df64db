/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes memory in several processes, each below the limit, while the main process only waits until all have theirs and would exit with 0.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		attempt_blocked();
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			char *p = malloc(40 << 20);

			(void)memset(p, 1, 40 << 20);
			(void)write(ready[1], p, 1);
			(void)pause();
		}
	for (int i = 0; i < 3; i++)
		if (read(ready[0], &byte, 1) != 1)
			attempt_blocked();
	return 0;
}
