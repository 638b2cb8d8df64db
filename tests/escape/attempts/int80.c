/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a call through the 32-bit entry, where numbers mean other things: 310 is unshare there, and something else here.
 */
#include "tests/escape/attempt.h"

#ifdef __x86_64__
int main(void)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(310L), "b"(0x10000000L)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r == -38)
		errno = ENOSYS;
	attempt_result(r, "unshare by int 0x80");
}
#else
int main(void)
{
	attempt_blocked();
}
#endif
