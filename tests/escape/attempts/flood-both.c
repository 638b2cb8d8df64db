/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both streams at once from several processes, a byte at a time: many small writes instead of large ones.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	(void)fork();
	for (;;) {
		(void)write(1, "x", 1);
		(void)write(2, "xxxxxxxxxxxxxxxx", 16);
	}
}
