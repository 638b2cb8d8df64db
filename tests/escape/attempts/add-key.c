/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a key into a keyring: memory that outlives the sandbox.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_add_key, "user", "escape", "x", 1, -4), "add-key");
}
