/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes memory in several processes, each below the limit, while the main process only waits and would exit with 0.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			char *p = malloc(40 << 20);

			(void)memset(p, 1, 40 << 20);
			(void)pause();
		}
	(void)sleep(1);
	return 0;
}
