/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a kernel module from memory.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_init_module, "x", 1, ""), "init-module");
}
