/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals its parent: that is the agent, or nobody.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	pid_t parent = getppid();

	if (parent > 1)
		attempt_escaped("a parent outside");
	attempt_result(parent == 0 ? -1 : kill(parent, SIGKILL), "kill");
}
