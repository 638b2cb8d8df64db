/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits in vfork without being interruptible by ordinary signals while the child sleeps.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	if (vfork() == 0) {
		for (;;)
			(void)pause();
	}
	return 0;
}
