/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a call with the x32 bit set, which has been a way past filters that compare numbers only.
 */
#include "tests/escape/attempt.h"

#ifdef __x86_64__
int main(void)
{
	attempt_try(syscall(0x40000000 | SYS_unshare, 0x10000000), "unshare");
	attempt_try(syscall(0x40000000 | SYS_getpid), "getpid");
	attempt_blocked();
}
#else
int main(void)
{
	attempt_blocked();
}
#endif
