/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child is killed by memory or a forbidden call of its own making while the main process prints the right answer and exits with 0. The step is over for all.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	pid_t child = fork();

	if (child == 0) {
		(void)syscall(SYS_mount, "a", "b", "c", 0, NULL);
		_exit(0);
	}
	(void)waitpid(child, NULL, 0);
	return 0;
}
