/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invites any process to trace it (Yama), and installs a dispatcher for system calls that would hide them.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(prctl(0x59616d61 /* PR_SET_PTRACER */, -1, 0, 0, 0), "PR_SET_PTRACER");
	attempt_try(prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0, 0, 0), "user dispatch");
	attempt_try(prctl(62 /* PR_SCHED_CORE */, 1, 0, 0, 0), "core scheduling");
	attempt_blocked();
}
