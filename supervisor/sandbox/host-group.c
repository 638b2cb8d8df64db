/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe groups: cgroups that exist while the host is probed, so that files and limits are tried and
 * not guessed.
 *
 * The problem: groups are not tied to a process. One that is killed leaves them behind, two that
 * probe at once must not remove each other's, and a pid in a name proves nothing, since pids are
 * reused and other pid namespaces have the same ones.
 *
 * The design: the one who makes a group holds flock(2) on its directory, which the kernel drops
 * with the process. Before new groups are made, every "assay-probe-*" beside them whose lock can be
 * taken is nobody's and is removed.
 *
 * Where: as the engine. Run by hand, at the top of each tree, beside the groups of others and never
 * inside of them. In a unit whose group systemd left to us, below that group, whose processes move
 * aside first so that it may hand controllers on: nothing outside of it changes, and what is inside
 * stays as an engine would leave it.
 *
 * Invariants: the name is ours alone; a group without the lock is never used; removal needs no help
 * from what is inside.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/host-probe.h"

#define PREFIX "assay-probe-"

enum {
	REMOVE_TRIES = 200, /* a group stays busy until the last process in it is reaped */
	MAKE_TRIES = 100,   /* sweeps of others may take the lock between mkdir and flock */
	PAUSE_MSEC = 2,
};

static const struct host_probe_group no_group = {.parent_fd = -EBADF, .fd = -EBADF, .error = -ENOENT};

static void pause_shortly(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MSEC * (long)NSEC_PER_MSEC};

	(void)nanosleep(&pause, NULL);
}

static int group_rmdir(int parent_fd, const char *name)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -errno;
		pause_shortly();
	}
	return -EBUSY;
}

/*
 * Opens and locks a group. The fd; -EWOULDBLOCK: somebody has it; -ENOENT: it went while we locked;
 * -errno.
 */
static int group_lock(int parent_fd, const char *name)
{
	_cleanup_close_ int fd =
		openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat by_fd, by_name;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (fstatat(parent_fd, name, &by_name, AT_SYMLINK_NOFOLLOW) < 0 || fstat(fd, &by_fd) < 0)
		return -errno;
	if (by_fd.st_ino != by_name.st_ino)
		return -ENOENT;
	return TAKE_FD(fd);
}

/*
 * A v1 group has no cgroup.kill: its processes die with their parent, so those of a dead one are
 * gone.
 */
static void group_kill(int fd)
{
	(void)file_write(fd, "cgroup.kill", "1");
}

static void sweep_one(int parent_fd, const char *name)
{
	_cleanup_close_ int fd = group_lock(parent_fd, name);

	if (fd < 0)
		return;
	group_kill(fd);
	(void)group_rmdir(parent_fd, name);
}

/* Removes what killed processes left. What cannot be removed is left to a later sweep. */
static void sweep(int parent_fd)
{
	int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		(void)fd_close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1))
			sweep_one(parent_fd, entry->d_name);
	(void)closedir(dir);
}

static int group_create(struct host_probe_group *group)
{
	int fd = -EBADF;

	for (int i = 0; i < MAKE_TRIES; i++) {
		if (mkdirat(group->parent_fd, group->name, 0755) < 0 && errno != EEXIST)
			return -errno;
		fd = group_lock(group->parent_fd, group->name);
		if (fd != -ENOENT && fd != -EWOULDBLOCK)
			break;
		pause_shortly();
	}
	return fd;
}

static void group_make(const char *parent, const char *suffix, struct host_probe_group *group)
{
	*group = no_group;
	group->top = parent;
	group->parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group->parent_fd < 0) {
		group->error = -errno;
		return;
	}
	(void)snprintf(group->name, sizeof(group->name), PREFIX "%d-%s", (int)getpid(), suffix);
	sweep(group->parent_fd);
	group->fd = group_create(group);
	group->error = group->fd < 0 ? group->fd : 0;
}

static void group_remove(struct host_probe_group *group)
{
	if (group->fd >= 0) {
		group_kill(group->fd);
		(void)group_rmdir(group->parent_fd, group->name);
	}
	group->fd = fd_close(group->fd);
	group->parent_fd = fd_close(group->parent_fd);
}

/* Has a delegated group hand on what the engine drives; what cannot be is found by trying. */
static void controllers_hand_on(const struct cgroup_host *cgroup, const char *group)
{
	_cleanup_close_ int fd = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || cgroup_move_aside(fd) < 0)
		return;
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		char word[32];

		(void)snprintf(word, sizeof(word), "+%s", cgroup->controller[i].name);
		if (cgroup->controller[i].version == 2)
			(void)file_write(fd, "cgroup.subtree_control", word);
	}
}

/* Writes the path of the group that the v2 probe group is made in. */
static void choose_v2_parent(const struct cgroup_host *cgroup, char *path, size_t size)
{
	if (cgroup_host_delegated(cgroup, path, size))
		controllers_hand_on(cgroup, path);
	else
		(void)snprintf(path, size, "%s", cgroup->v2_mount);
}

void host_groups_make(const struct cgroup_host *cgroup, struct host_groups *ret_groups)
{
	ret_groups->v2 = no_group;
	if (cgroup && cgroup->has_v2) {
		choose_v2_parent(cgroup, ret_groups->v2_parent, sizeof(ret_groups->v2_parent));
		group_make(ret_groups->v2_parent, "v2", &ret_groups->v2);
	}
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		ret_groups->v1[i] = no_group;
		if (cgroup && cgroup->controller[i].version == 1)
			group_make(cgroup->controller[i].mount, cgroup->controller[i].name,
				   &ret_groups->v1[i]);
	}
}

void host_groups_remove(struct host_groups *groups)
{
	group_remove(&groups->v2);
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		group_remove(&groups->v1[i]);
}
