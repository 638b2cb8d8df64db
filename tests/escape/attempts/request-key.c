/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for a key, for which the kernel would start /sbin/request-key on the host as root.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_request_key, "user", "escape", "x", -4), "request-key");
}
