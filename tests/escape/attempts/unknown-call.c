/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with numbers that no kernel has, negative ones, and one with bits above 32. They answer ENOSYS or end the run.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(syscall(1000), "1000");
	attempt_try(syscall(0x3fffffff), "the largest without the x32 bit");
	attempt_blocked();
}
