/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crashes on purpose with much memory: no core file may be written, neither here nor on the host. The verdict is the signal's.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char *p = malloc(8 << 20);

	(void)memset(p, 1, 8 << 20);
	(void)raise(SIGSEGV);
	return ESCAPED;
}
