/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing everything in a v2 group. cgroup.kill kills the whole subtree, forks included; directories go bottom
 * up when their processes are gone. Only directories that an engine made are ever given to this.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

enum { KILL_ATTEMPTS = 400, DEPTH_MAX = 4 };

static int subtree_remove(int parent_fd, const char *name, int depth);

static int children_remove(int fd, int depth)
{
	DIR *dir;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (copy < 0)
		return -errno;
	dir = fdopendir(copy);
	if (dir == NULL) {
		(void)close(copy);
		return -ENOMEM;
	}
	for (struct dirent *entry; r == 0 && (entry = readdir(dir)) != NULL;)
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = subtree_remove(fd, entry->d_name, depth + 1);
	(void)closedir(dir);
	return r;
}

static int subtree_remove(int parent_fd, const char *name, int depth)
{
	_cleanup_close_ int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (depth > DEPTH_MAX)
		return -ELOOP;
	r = children_remove(fd, depth);
	if (r < 0)
		return r;
	return unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int cgroup_v2_clear(int parent_fd, const char *name)
{
	_cleanup_close_ int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = -EBUSY;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < KILL_ATTEMPTS && r == -EBUSY; i++) {
		r = file_write(fd, "cgroup.kill", "1");
		/* Somebody else has removed it. */
		if (r == -ENOENT || r == -ENODEV)
			return 0;
		if (r < 0)
			return r;
		r = children_remove(fd, 0);
		if (r == -EBUSY)
			(void)poll(NULL, 0, i < 20 ? 1 : 10);
	}
	return r;
}

/* Takes the descriptor over. */
static int slots_list(int fd, const char *name, bool *seen, size_t max)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		(void)fd_close(fd);
		return fd == -ENOENT ? 0 : -EIO;
	}
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		char *end;
		unsigned long number;

		if (strncmp(entry->d_name, name, strlen(name)) != 0)
			continue;
		number = strtoul(entry->d_name + strlen(name), &end, 10);
		if (*end == '\0' && number < max)
			seen[number] = true;
	}
	(void)closedir(dir);
	return 0;
}

int cgroup_tree_slots(const struct cgroup_tree *tree, bool *seen, size_t max)
{
	/* By path: see groups_remove(). */
	int base = open(tree->base_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum cgroup_controller_id first = cgroup_v1_first(tree);
	int r = slots_list(base < 0 ? -errno : base, "slot-", seen, max);
	int top;

	if (r < 0 || first == CGROUP_CONTROLLER_MAX)
		return r;
	top = open(tree->host.controller[first].mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return slots_list(top < 0 ? -errno : top, CGROUP_V1_NAME, seen, max);
}
