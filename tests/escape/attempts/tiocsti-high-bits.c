/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same with bits above 32 in the request, which the kernel cuts off: a filter that compares 64 bits would be passed.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_ioctl, 0, 0x100005412ULL, "x"), "TIOCSTI");
}
