/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two controllers that name hardware. Sandboxes write to tmpfs only, so their disk traffic is what they read of the toolchains:
 * the disk under /usr. Limits go to whole disks, not to partitions (cgroup-v2.rst, "io.max"); a /usr on an overlay or a
 * network has no disk, and then there is no such limit. CPUs are given to a slot as a whole, launcher included.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

void cgroup_io_device_find(struct cgroup_tree *tree)
{
	struct stat st;
	char path[96], number[32];

	tree->io_device[0] = '\0';
	if (stat("/usr", &st) < 0 || major(st.st_dev) == 0)
		return;
	(void)snprintf(number, sizeof(number), "%u:%u", major(st.st_dev), minor(st.st_dev));
	(void)snprintf(path, sizeof(path), "/sys/dev/block/%s/partition", number);
	if (access(path, F_OK) == 0) {
		(void)snprintf(path, sizeof(path), "/sys/dev/block/%s/../dev", number);
		if (file_read(AT_FDCWD, path, number, sizeof(number)) <= 0)
			return;
	}
	(void)snprintf(tree->io_device, sizeof(tree->io_device), "%s", number);
}

/* A v1 cpuset starts empty: it takes its parent's memory nodes, and CPUs of its parent's. */
static int v1_inherit(int parent_fd, int fd)
{
	static const char *const files[] = {"cpuset.mems", "cpuset.cpus"};
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		ssize_t n = file_read(parent_fd, files[i], text, sizeof(text));
		int r = n < 0 ? (int)n : file_write(fd, files[i], text);

		if (r < 0)
			return r;
	}
	return 0;
}

static int v1_apply(const struct cgroup_tree *tree, int slot_fd)
{
	_cleanup_close_ int top = openat(slot_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = top < 0 ? -errno : v1_inherit(top, slot_fd);

	return r < 0 ? r : file_write(slot_fd, "cpuset.cpus", tree->cpuset);
}

int cgroup_cpuset_apply(const struct cgroup_tree *tree, int slot_v2_fd, int slot_v1_fd)
{
	if (tree->cpuset[0] == '\0')
		return 0;
	if (tree->v2[CGROUP_CPUSET])
		return file_write(slot_v2_fd, "cpuset.cpus", tree->cpuset);
	return slot_v1_fd >= 0 ? v1_apply(tree, slot_v1_fd) : 0;
}
