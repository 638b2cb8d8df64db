/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes the root to a directory of its own, as the first half of walking out of the old one.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	(void)mkdir("new", 0755);
	attempt_try(syscall(SYS_pivot_root, "new", "new"), "pivot_root");
	attempt_try(syscall(SYS_pivot_root, ".", "."), "pivot_root in place");
	attempt_blocked();
}
