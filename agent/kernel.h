/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * System calls that the agent's libc (musl) has no functions for, under the names that glibc gives them: the unit tests are linked with that one.
 * Source: fsopen(2), fsconfig(2), fsmount(2), move_mount(2), open_tree(2), mount_setattr(2), close_range(2).
 */

#include <features.h>
#include <unistd.h>

#ifdef __GLIBC__

#include <sys/mount.h>

#else

#include <linux/mount.h>
#include <stddef.h>
#include <sys/syscall.h>

static inline int close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int fsopen(const char *name, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, name, flags);
}

static inline int fsconfig(int fd, unsigned int command, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static inline int fsmount(int fd, unsigned int flags, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int move_mount(int from_fd, const char *from, int to_fd, const char *to,
			     unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from_fd, from, to_fd, to, flags);
}

static inline int open_tree(int fd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, fd, path, flags);
}

static inline int mount_setattr(int fd, const char *path, unsigned int flags,
				struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, fd, path, flags, attr, size);
}

#endif
