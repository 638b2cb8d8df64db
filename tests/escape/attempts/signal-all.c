/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill(-1): everything that it may signal. That is nothing but its own children; the agent goes on and reports the exit.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	(void)kill(-1, SIGSTOP);
	(void)kill(-1, SIGKILL);
	if (waitpid(child, NULL, 0) != child)
		return 1;
	attempt_blocked();
}
