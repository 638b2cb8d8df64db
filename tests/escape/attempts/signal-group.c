/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals the process group and session that it was started from, and moves into groups of others. It leads a session of its own.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	if (getsid(0) != getpid() || getpgrp() != getpid())
		attempt_escaped("the session is not its own");
	attempt_try(kill(0 - getppid(), SIGKILL), "the parent's group");
	attempt_try(setpgid(0, 1), "group 1");
	attempt_try(setpgid(1, getpid()), "the agent in our group");
	attempt_blocked();
}
