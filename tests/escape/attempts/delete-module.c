/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes a kernel module.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_delete_module, "nothing", O_NONBLOCK), "delete-module");
}
