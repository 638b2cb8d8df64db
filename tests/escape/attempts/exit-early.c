/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main process ends with status 0 at once while a child uses the CPU: nobody would be charged for it. The child dies with
 * the step, and its time until then is the step's. (Status 0 is the point here; the runner looks at what is left.)
 */
#include "tests/escape/attempt.h"

int main(void)
{
	if (fork() == 0)
		attempt_spin(-1);
	return 0;
}
