/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forks as fast as it can, every child too. The process limit refuses, and the CPU limit ends it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (;;)
		(void)fork();
}
