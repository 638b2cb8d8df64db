/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enters namespaces: its own again (which would give nothing, but the call has no business here), and those of the agent by pidfd.
 */
#include "tests/escape/attempt.h"

#include <sched.h>

int main(int argc, char **argv)
{
	char path[64];
	int fd;

	if (argc > 1 && strcmp(argv[1], "pidfd") == 0) {
		fd = (int)syscall(SYS_pidfd_open, 1, 0);
		attempt_result(syscall(SYS_setns, fd, CLONE_NEWNS | CLONE_NEWPID), "pidfd");
	}
	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", argc > 1 ? argv[1] : "mnt");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	attempt_result(syscall(SYS_setns, fd, 0), path);
}
