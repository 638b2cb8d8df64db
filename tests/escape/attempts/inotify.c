/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As many watches as a user may have: each pins an inode.
 */
#include "tests/escape/attempt.h"

#include <sys/inotify.h>

int main(void)
{
	int fd = inotify_init1(0);
	char path[64];

	if (fd < 0)
		attempt_blocked();
	for (int i = 0; i < 4000; i++) {
		(void)snprintf(path, sizeof(path), "/tmp/%d", i);
		(void)mkdir(path, 0755);
		(void)inotify_add_watch(fd, path, IN_ALL_EVENTS);
	}
	attempt_blocked();
}
