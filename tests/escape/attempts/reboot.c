/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restarts the host. Inside of a pid namespace the call would only kill that namespace's init.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_reboot, 0xfee1dead, 672274793, 0 /* CAD off */, NULL), "reboot");
}
