/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns a number into a path of the host.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char buffer[256];

	attempt_result(syscall(SYS_lookup_dcookie, 1L, buffer, sizeof(buffer)), "lookup-dcookie");
}
