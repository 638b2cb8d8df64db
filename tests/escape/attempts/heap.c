/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes memory until the limit.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (;;)
		(void)memset(malloc(1 << 20), 1, 1 << 20);
}
