/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts itself into the real-time class of I/O.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_ioprio_set, 1, 0, 1 << 13), "io-priority");
}
