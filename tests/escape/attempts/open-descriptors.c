/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what was left open by those who started it: sockets to the agent, the plan, the cgroup, mounts. Only 0, 1 and 2 may be
 * there; everything else is closed by the kernel at execve.
 */
#include "tests/escape/attempt.h"

#include <sys/resource.h>

int main(void)
{
	for (int fd = 0; fd < 70000; fd++) {
		if (fd <= 2 || fcntl(fd, F_GETFD) < 0)
			continue;
		(void)fprintf(stderr, "descriptor %d\n", fd);
		attempt_escaped("a descriptor is left");
	}
	attempt_blocked();
}
