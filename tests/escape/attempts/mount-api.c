/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new mount calls, one by one: each opens a file system or a tree, or changes one.
 */
#include "tests/escape/attempt.h"

#include <sys/mount.h>

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "open_tree";
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};
	int fd;

	if (strcmp(what, "open_tree") == 0)
		attempt_result(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE),
			       what);
	if (strcmp(what, "move_mount") == 0)
		attempt_result(syscall(SYS_move_mount, AT_FDCWD, "/usr/lib", AT_FDCWD, "/work", 0),
			       what);
	if (strcmp(what, "fsopen") == 0)
		attempt_result(syscall(SYS_fsopen, "tmpfs", 0), what);
	if (strcmp(what, "fspick") == 0)
		attempt_result(syscall(SYS_fspick, AT_FDCWD, "/", 0), what);
	if (strcmp(what, "mount_setattr") == 0)
		attempt_result(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr,
				       sizeof(attr)),
			       what);
	if (strcmp(what, "fsconfig") == 0)
		attempt_result(syscall(SYS_fsconfig, 0, FSCONFIG_CMD_CREATE, NULL, NULL, 0), what);
	fd = open("/proc", O_PATH | O_CLOEXEC);
	attempt_result(syscall(SYS_fsmount, fd, 0, 0), what);
}
