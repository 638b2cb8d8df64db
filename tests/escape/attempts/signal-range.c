/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for any process on the host that can be signalled, by trying every pid. The pid namespace has only its own.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (pid_t pid = 2; pid < 70000; pid++)
		if (pid != getpid())
			attempt_try(kill(pid, 0), "a foreign process");
	attempt_blocked();
}
