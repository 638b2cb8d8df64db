/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves a process behind: double fork, a session of its own, every signal ignored, all descriptors closed. The first process of the pid
 * namespace ends with the step and takes everything along.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	if (fork() == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
		for (int sig = 1; sig < 65; sig++)
			(void)signal(sig, SIG_IGN);
		for (int fd = 0; fd < 3; fd++)
			(void)close(fd);
		for (;;)
			attempt_spin(0.01);
	}
	usleep(50000);
	attempt_blocked();
}
