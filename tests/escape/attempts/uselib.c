/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a library the way of libc 4.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(134 /* uselib on x86_64 */, "/usr/lib/x"), "uselib");
}
