/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the kernel's log.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char buffer[4096];

	attempt_result(syscall(SYS_syslog, 3 /* read all */, buffer, sizeof(buffer)), "syslog");
}
