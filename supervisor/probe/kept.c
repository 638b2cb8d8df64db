/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel verifies a program each time it is loaded: 30 ms with libbpf's part for those that count, 90 ms for those that make events, which is
 * longer than most runs. So what was loaded once is pinned, and a later engine opens it in a fraction of a millisecond. Pins live in a BPF
 * file system, which the next boot empties; it is the one at /sys/fs/bpf where that is mounted, and else one that is mounted at
 * /run/assay/bpf and stays.
 *
 * A set is a directory, KEY-N: programs with the maps that they use. KEY stands for all that is fixed when programs are verified. States are shared
 * memory, so a set has one owner at a time: who holds the directory's lock, which the kernel drops when the owner dies. Two engines at once
 * have two sets. The lock is tried only, and nobody waits.
 *
 * What a process may do with a pin is for root alone: the directories belong to root and have mode 0700.
 *
 * Source: Documentation/bpf, BPF_OBJ_PIN; fs namespace of kernel/bpf/inode.c (names have no dots).
 */

#include "supervisor/probe/kept.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/base/fd.h"

#define HOST_FS "/sys/fs/bpf"
#define OWN_DIR "/run/assay"

enum {
	SETS_MAX = 8, /* of all keys: more were left behind by other builds and other sizes */
	PATH_BYTES = 64 + NAME_MAX,
};

static int directory_open(const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == 0 && (st.st_mode & 022) == 0 ? TAKE_FD(fd) : -EPERM;
}

static bool is_bpf(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (uint64_t)fs.f_type == BPF_FS_MAGIC;
}

/* Two engines that start at once would mount twice: the directory above is locked. */
static int own_mount(void)
{
	_cleanup_close_ int above = directory_open(OWN_DIR);
	_cleanup_close_ int below = above < 0 ? above : directory_open(OWN_DIR "/bpf");

	if (below < 0)
		return below;
	if (flock(above, LOCK_EX) < 0)
		return -errno;
	if (is_bpf(OWN_DIR "/bpf"))
		return 0;
	return mount("bpf", OWN_DIR "/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") <
			       0 ?
		       -errno :
		       0;
}

static int top_open(void)
{
	int r;

	if (is_bpf(HOST_FS))
		return directory_open(HOST_FS "/assay");
	r = is_bpf(OWN_DIR "/bpf") ? 0 : own_mount();
	return r < 0 ? r : directory_open(OWN_DIR "/bpf");
}

static void path_of(int set_fd, const char *name, char path[static PATH_BYTES])
{
	(void)snprintf(path, PATH_BYTES, "/proc/self/fd/%d/%s", set_fd, name);
}

int kept_get(int set_fd, const char *name)
{
	char path[PATH_BYTES];
	int fd;

	path_of(set_fd, name, path);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int kept_put(int set_fd, const char *name, int fd)
{
	char path[PATH_BYTES];

	path_of(set_fd, name, path);
	return bpf_obj_pin(fd, path) < 0 ? -errno : 0;
}

int kept_each(int set_fd, int (*each)(void *userdata, const char *name), void *userdata)
{
	int fd = openat(set_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (directory == NULL) {
		r = -errno;
		(void)fd_close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			r = each(userdata, entry->d_name);
	(void)closedir(directory);
	return r;
}

static int pin_remove(void *userdata, const char *name)
{
	(void)unlinkat(*(int *)userdata, name, 0);
	return 0;
}

void kept_clear(int set_fd)
{
	(void)kept_each(set_fd, pin_remove, &set_fd);
}

/* A set, locked, or -errno: -EWOULDBLOCK when somebody has it. */
static int set_lock(int top, const char *name)
{
	_cleanup_close_ int fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, there;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	/* It may have been removed, and made anew, before it was locked. */
	if (fstat(fd, &st) < 0 || fstatat(top, name, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_ino != there.st_ino)
		return -EWOULDBLOCK;
	return TAKE_FD(fd);
}

/* What is there besides the one that is to be made. */
struct sets {
	int top;
	unsigned n;
	int oldest; /* that nobody has, locked; or negative */
	char oldest_name[NAME_MAX + 1];
	time_t oldest_time;
};

static int set_look(void *userdata, const char *name)
{
	struct sets *sets = userdata;
	struct stat st;
	int fd;

	/* The kernel has files of its own there, without a dash. */
	if (strchr(name, '-') == NULL)
		return 0;
	sets->n++;
	fd = set_lock(sets->top, name);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0 || (sets->oldest >= 0 && st.st_mtime >= sets->oldest_time)) {
		(void)fd_close(fd);
		return 0;
	}
	(void)fd_close(sets->oldest);
	sets->oldest = fd;
	sets->oldest_time = st.st_mtime;
	(void)snprintf(sets->oldest_name, sizeof(sets->oldest_name), "%s", name);
	return 0;
}

/* Makes room by removing the set that was not used for the longest time. */
static void room_make(int top)
{
	struct sets sets = {.top = top, .oldest = -EBADF};

	(void)kept_each(top, set_look, &sets);
	if (sets.n >= SETS_MAX && sets.oldest >= 0) {
		kept_clear(sets.oldest);
		(void)unlinkat(top, sets.oldest_name, AT_REMOVEDIR);
	}
	(void)fd_close(sets.oldest);
}

int kept_take(uint64_t key, unsigned n_max)
{
	_cleanup_close_ int top = top_open();
	char name[32];
	int fd = top;

	for (unsigned n = 0; n < n_max && top >= 0; n++) {
		(void)snprintf(name, sizeof(name), "%016" PRIx64 "-%u", key, n);
		fd = set_lock(top, name);
		if (fd == -ENOENT) {
			room_make(top);
			if (mkdirat(top, name, 0700) < 0 && errno != EEXIST)
				return -errno;
			fd = set_lock(top, name);
		}
		if (fd >= 0)
			break;
	}
	if (fd >= 0)
		(void)futimens(fd, NULL);
	return fd;
}
