/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages out the agent's memory.
 */
#include "tests/escape/attempt.h"

#include <sys/uio.h>

int main(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
	struct iovec range = {(void *)0x400000, 4096};

	attempt_result(syscall(SYS_process_madvise, pidfd, &range, 1, 21, 0), "process_madvise");
}
