/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the host's swap away.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_swapoff, "swap"), "swapoff");
}
