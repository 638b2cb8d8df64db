/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the I/O ports.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_iopl, 3), "iopl");
}
