/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives its own program file capabilities. Needs CAP_SETFCAP over the mount's user namespace, which is the host's.
 */
#include "tests/escape/attempt.h"

#include <linux/capability.h>
#include <sys/xattr.h>

int main(void)
{
	struct vfs_cap_data data = {.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
				    .data = {{~0U, ~0U}, {~0U, ~0U}}};
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		attempt_blocked();
	path[n] = '\0';
	attempt_result(setxattr(path, "security.capability", &data, sizeof(data), 0), "setxattr");
}
