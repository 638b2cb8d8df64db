/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes thousands of dead children without waiting for them. Each counts as a process until it is reaped: the limit refuses
 * further ones. The limit is in the argument.
 */
#include "tests/escape/attempt.h"

int main(int argc, char **argv)
{
	int limit = argc > 1 ? atoi(argv[1]) : 4, n = 1;
	double end = attempt_now(CLOCK_MONOTONIC) + 1;

	/* A slow machine forks fewer, not longer: time is not what this is about. */
	for (int i = 0; i < 3000 && attempt_now(CLOCK_MONOTONIC) < end; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		n += pid > 0;
	}
	if (n > limit)
		attempt_escaped("more zombies than the limit");
	attempt_blocked();
}
