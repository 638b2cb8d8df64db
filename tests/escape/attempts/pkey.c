/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocates a protection key.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_pkey_alloc, 0, 0), "pkey");
}
