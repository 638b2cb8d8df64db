/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the host write out all its file systems. Toolchains may call it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int root = open("/usr/lib", O_RDONLY | O_CLOEXEC);

	attempt_result(syscall(SYS_syncfs, root), "sync-host");
}
