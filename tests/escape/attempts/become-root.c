/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becomes root of the user namespace. uid 0 is mapped there, for the agent; changing to it needs CAP_SETUID.
 */
#include "tests/escape/attempt.h"

#include <grp.h>

int main(void)
{
	attempt_try(setuid(0), "setuid");
	attempt_try(setreuid(-1, 0), "setreuid");
	attempt_try(setresuid(0, 0, 0), "setresuid");
	attempt_try(setgid(0), "setgid");
	attempt_try(setresgid(0, 0, 0), "setresgid");
	attempt_try(setuid(65534), "an id that is not mapped");
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0 || getuid() != 1000)
		attempt_escaped("ids");
	attempt_blocked();
}
