/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does nothing, for ever, with the alarm signals blocked. The wall clock is not the program's.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (;;)
		(void)pause();
}
