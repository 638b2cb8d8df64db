/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recurses without end. The stack is as large as the memory limit lets it be.
 */
#include "tests/escape/attempt.h"

static int deeper(volatile char *before)
{
	volatile char here[65536];

	for (size_t i = 0; i < sizeof(here); i += 4096)
		here[i] = (char)(before != NULL);
	return deeper(here) + here[0];
}

int main(void)
{
	return deeper(NULL);
}
