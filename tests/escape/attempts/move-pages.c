/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves pages of the agent.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_move_pages, 1, 0, NULL, NULL, NULL, 0), "move-pages");
}
