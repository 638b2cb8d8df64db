/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child uses more CPU than the limit while the main process waits: TLE, with the child's time in it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	if (fork() == 0)
		attempt_spin(-1);
	(void)wait(NULL);
	return 0;
}
