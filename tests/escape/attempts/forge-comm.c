/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives its thread a name of escape sequences, then makes a forbidden call, so that the name stands in the report. The runner looks
 * at the text for raw control bytes.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	(void)prctl(PR_SET_NAME, "\033[2J\033[H\nAC\r", 0, 0, 0);
	(void)syscall(SYS_mount, "a", "b", "c", 0, NULL);
	attempt_blocked();
}
