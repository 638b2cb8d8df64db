/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes orphans by the thousand, which the first process of the sandbox must reap, at its own cost.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	double end = attempt_now(CLOCK_MONOTONIC) + 1;

	/* A slow machine makes fewer, not longer: time is not what this is about. */
	for (int i = 0; i < 2000 && attempt_now(CLOCK_MONOTONIC) < end; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)fork();
			_exit(0);
		}
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
	}
	attempt_blocked();
}
