/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves the borders of its own memory map, which is shown to others.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(prctl(PR_SET_MM, PR_SET_MM_START_CODE, 0x1000, 0, 0), "PR_SET_MM");
	attempt_try(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, 0, 0, 0), "PR_SET_MM_EXE_FILE");
	attempt_blocked();
}
