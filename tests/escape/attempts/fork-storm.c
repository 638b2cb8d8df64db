/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Burns CPU in children that live shorter than any sampling: fork, work for a moment, exit, again. CPU time is the cgroup's, so
 * nothing of it is lost.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			attempt_spin(0.002);
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
	}
}
