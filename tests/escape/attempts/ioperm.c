/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens some I/O ports.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_ioperm, 0x70, 2, 1), "ioperm");
}
