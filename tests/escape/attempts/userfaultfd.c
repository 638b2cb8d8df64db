/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles its own page faults, the favourite tool to win races in the kernel.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_userfaultfd, 1 /* user mode only */), "userfaultfd");
}
