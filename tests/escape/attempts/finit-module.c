/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a kernel module from a file.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_finit_module, 0, "", 0), "finit-module");
}
