/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the root of the file system that the toolchain comes from by its inode number (2 on ext4), past every mount.
 * Needs CAP_DAC_READ_SEARCH in the host's user namespace, and the call is closed.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	struct {
		unsigned int bytes;
		int type;
		unsigned int data[2];
	} h = {.bytes = 8, .type = 1, .data = {2, 0}};
	int mount = open("/usr/lib", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	attempt_result(syscall(SYS_open_by_handle_at, mount, &h, O_RDONLY), "the root of the host");
}
