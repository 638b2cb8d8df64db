/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds memory to nodes of the host.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	unsigned long nodes = 1;

	attempt_result(syscall(SYS_set_mempolicy, 2, &nodes, 8), "mbind");
}
