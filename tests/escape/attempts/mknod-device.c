/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the memory device and a disk in the work directory and opens them. mknod needs CAP_MKNOD in the host's user namespace, and
 * the scratch is nodev.
 */
#include "tests/escape/attempt.h"

#include <sys/sysmacros.h>

int main(void)
{
	static const char *const paths[] = {"mem", "/tmp/mem", "/dev/shm/mem", "/dev/mem2"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		attempt_try(mknod(paths[i], S_IFCHR | 0666, makedev(1, 1)), paths[i]);
		attempt_try(mknod(paths[i], S_IFBLK | 0666, makedev(254, 0)), paths[i]);
		attempt_try(mknodat(AT_FDCWD, paths[i], S_IFCHR | 0666, makedev(1, 1)), paths[i]);
	}
	attempt_blocked();
}
