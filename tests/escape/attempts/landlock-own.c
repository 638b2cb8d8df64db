/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds rules of its own to Landlock. That can only take rights away, and is not needed.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	uint64_t rights = 1;

	attempt_result(syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights), 0),
		       "landlock-own");
}
