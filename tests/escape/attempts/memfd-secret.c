/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hides memory from the kernel and so from whoever looks into it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_memfd_secret, 0), "memfd-secret");
}
