/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel for the user namespace that owns the mount namespace, by ioctl on a namespace's file: a descriptor of the host's user namespace would come out.
 */
#include "tests/escape/attempt.h"

#include <sys/ioctl.h>

int main(void)
{
	static const char *const kinds[] = {"mnt", "pid", "net", "ipc", "uts", "cgroup", "user"};
	char path[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		attempt_try(ioctl(fd, 0xb701 /* NS_GET_USERNS */), "owner");
		attempt_try(ioctl(fd, 0xb702 /* NS_GET_PARENT */), "parent");
	}
	attempt_blocked();
}
