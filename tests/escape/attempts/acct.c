/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns process accounting on: the kernel would write to a file of the submission's.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_acct, "acct"), "acct");
}
