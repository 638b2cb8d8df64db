/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives the host a swap file: everybody's memory would be written there.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_swapon, "swap", 0), "swapon");
}
