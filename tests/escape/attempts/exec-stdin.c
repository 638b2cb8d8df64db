/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes its own input. The input is the caller's data and may be a program; it would only be a program in this sandbox.
 * The runner gives a text: execve refuses.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char *const none[] = {NULL};

	attempt_result(execve("/proc/self/fd/0", none, none), "execve");
}
