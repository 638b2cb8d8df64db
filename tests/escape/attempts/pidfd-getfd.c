/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a descriptor out of the agent: the report socket, the listener, the plan.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

	for (int fd = 0; fd < 32; fd++)
		attempt_try(syscall(SYS_pidfd_getfd, pidfd, fd, 0), "a descriptor of the agent");
	attempt_blocked();
}
