/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops itself, so that it neither runs nor ends, and a child too. SIGKILL works on stopped processes.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	if (fork() == 0)
		(void)raise(SIGSTOP);
	(void)raise(SIGSTOP);
	return 0;
}
