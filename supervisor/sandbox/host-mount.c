/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts by file descriptor: what a sandbox's root is made of.
 *
 * Every attempt runs in a mount namespace of its own whose mounts are private, so nothing that it
 * mounts is seen outside, and all is gone with the child. Each goes through the whole of what the
 * engine does with the call: a tmpfs whose limits are then read back, a clone of a real tree made
 * read-only, a move, a switch of the root.
 *
 * Source: mount_setattr(2), and the kernel's fs/namespace.c and fs/fsopen.c where manual pages are
 * missing.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/host-attempts.h"

#define TREE "/usr"   /* there is no Debian without it, and toolchains are below it */
#define TARGET "/tmp" /* any directory: what is mounted on it is seen by the child only */

enum { TMPFS_INODES = 16 };
#define TMPFS_SIZE "1048576"
#define TMPFS_BYTES 1048576

static int private_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return 0;
}

/* A copy of the tree, attached nowhere. */
static int clone_tree(void)
{
	int fd, r = private_mounts();

	if (r < 0)
		return r;
	fd = open_tree(AT_FDCWD, TREE, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	return fd < 0 ? -errno : fd;
}

int try_open_tree(const struct host_context *context _unused_, struct host_note *note)
{
	int fd = clone_tree();

	return fd < 0 ? fd : note_say(note, 0, "trees of mounts can be cloned");
}

int try_mount_setattr(const struct host_context *context _unused_, struct host_note *note)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
	static const unsigned long want = ST_RDONLY | ST_NOSUID | ST_NODEV;
	struct statvfs fs;
	int fd = clone_tree();

	if (fd < 0)
		return fd;
	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
	    fstatvfs(fd, &fs) < 0)
		return -errno;
	if ((fs.f_flag & want) != want)
		return note_say(note, -ENOTSUP, "the call succeeds and changes nothing");
	return note_say(note, 0, "a cloned tree becomes read-only as a whole");
}

/* Makes a file system from pairs of option and value. Returns the detached mount or -errno. */
static int make_mount(const char *type, const char *const options[][2], size_t n)
{
	_cleanup_close_ int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context < 0)
		return -errno;
	for (size_t i = 0; i < n; i++)
		if (fsconfig(context, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0) < 0)
			return -errno;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return fd < 0 ? -errno : fd;
}

static int make_tmpfs(void)
{
	static const char *const options[][2] = {{"size", TMPFS_SIZE}, {"nr_inodes", "16"}};
	int r = private_mounts();

	return r < 0 ? r : make_mount("tmpfs", options, ARRAY_SIZE(options));
}

int try_tmpfs_limits(const struct host_context *context _unused_, struct host_note *note)
{
	struct statfs fs;
	int fd = make_tmpfs();

	if (fd < 0)
		return fd;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_blocks * (unsigned long)fs.f_bsize != TMPFS_BYTES || fs.f_files != TMPFS_INODES)
		return note_say(note, -ENOTSUP, "a tmpfs ignores its size or nr_inodes");
	return note_say(note, 0, "a tmpfs keeps to its size and its number of files");
}

static int move_tmpfs(void)
{
	_cleanup_close_ int fd = make_tmpfs();

	if (fd < 0)
		return fd;
	if (move_mount(fd, "", AT_FDCWD, TARGET, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

int try_move_mount(const struct host_context *context _unused_, struct host_note *note)
{
	int r = move_tmpfs();

	return r < 0 ? r : note_say(note, 0, "a detached mount can be attached");
}

/* The form without a directory for the old root: it lands on top of the new one and is detached. */
int try_pivot_root(const struct host_context *context _unused_, struct host_note *note)
{
	int r = move_tmpfs();

	if (r < 0)
		return r;
	if (chdir(TARGET) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		note->remedy =
			"The root is a ramfs (an initramfs that was not left): boot from a disk "
			"or call switch_root(8) first.";
		return -errno;
	}
	if (umount2(".", MNT_DETACH) < 0)
		return -errno;
	if (access(TREE, F_OK) == 0)
		return note_say(note, -ENOTSUP, "the old root can still be seen");
	return note_say(note, 0, "the old root is gone after the switch");
}

/* In a pid namespace of its own, as PID 1 of a sandbox does it. */
static int inside_proc_subset(void)
{
	static const char *const options[][2] = {{"subset", "pid"}, {"hidepid", "invisible"}};
	int r = private_mounts();
	int fd = r < 0 ? r : make_mount("proc", options, ARRAY_SIZE(options));

	if (fd < 0)
		return fd;
	if (faccessat(fd, "sys", F_OK, 0) == 0 || faccessat(fd, "1", F_OK, 0) < 0)
		return -ENOTSUP;
	return 0;
}

int try_proc_subset(const struct host_context *context _unused_, struct host_note *note)
{
	pid_t pid;
	int r;

	if (unshare(CLONE_NEWPID) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-inside_proc_subset());
	r = host_wait(pid);
	return r < 0 ? r :
		       note_say(note, 0, "a /proc with the sandbox's processes and nothing else");
}
