/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves memory of the agent between nodes.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	unsigned long node = 1;

	attempt_result(syscall(SYS_migrate_pages, 1, 1, &node, &node), "migrate-pages");
}
