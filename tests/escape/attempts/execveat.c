/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes by descriptor.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char *const none[] = {NULL};

	attempt_result(syscall(SYS_execveat, AT_FDCWD, "/nonexistent", none, none, 0), "execveat");
}
