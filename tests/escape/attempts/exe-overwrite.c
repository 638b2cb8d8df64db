/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to its own executable through /proc/self/exe, which is how agents that are run from a file have been replaced. The file
 * is busy, and it is the submission's own copy in a scratch that goes away.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(open("/proc/self/exe", O_WRONLY | O_CLOEXEC), "open");
}
