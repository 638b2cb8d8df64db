/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reaps the memory of the agent as if it were dying.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_process_mrelease, syscall(SYS_pidfd_open, 1, 0), 0),
		       "process_mrelease");
}
