/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talks to the kernel's NFS server.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(180 /* nfsservctl on x86_64 */, 0, NULL, NULL), "nfsservctl");
}
