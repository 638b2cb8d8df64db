/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learns kernel addresses' order, and about the agent's descriptors, by comparing.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(syscall(SYS_kcmp, getpid(), 1, 0, 0, 0), "agent");
	attempt_try(syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 1), "own");
	attempt_blocked();
}
