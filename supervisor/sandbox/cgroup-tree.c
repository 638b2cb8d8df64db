/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an engine's cgroups go.
 *
 * Delegated by systemd (Delegate=yes): BASE is the delegated group.
 * Processes may not sit in a group that hands controllers to its children, so everything in it moves to
 * supervisor/ first. That costs migrations, once per unit.
 *
 * Run by hand: BASE is "assay" at the top of the tree, a sibling of systemd's slices, as crun and Docker's cgroupfs driver
 * do. Only what the top already hands out is used there: other people's groups are not changed. What is missing
 * is a fault that says how to get it.
 *
 * Several engines may share BASE: each slot's directory is locked by its owner, and BASE is removed by whoever finds it
 * empty. So making a slot takes a loop: BASE can vanish between mkdir of the two.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

enum {
	BASE_RETRIES = 16, /* engines that come and go at the same moment */
	PATH_BYTES = CGROUP_PATH_BYTES + 64,
};

static const enum cgroup_controller_id driven[] = {CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CPU,
						   CGROUP_IO, CGROUP_CPUSET};

/* Hands each controller that the directory has on to its children. Those that refuse stay off. */
static void controllers_enable(struct cgroup_tree *tree, int dir_fd, bool may_write)
{
	char enabled[256];

	for (size_t i = 0; i < ARRAY_SIZE(driven); i++) {
		const struct cgroup_controller *controller = &tree->host.controller[driven[i]];
		char word[32];

		if (controller->version != 2)
			continue;
		(void)snprintf(word, sizeof(word), "+%s", controller->name);
		if (may_write)
			(void)file_write(dir_fd, "cgroup.subtree_control", word);
		if (file_read(dir_fd, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
			continue;
		tree->v2[driven[i]] = false;
		for (char *save = NULL, *name = strtok_r(enabled, " \n", &save); name != NULL;
		     name = strtok_r(NULL, " \n", &save))
			if (strcmp(name, controller->name) == 0)
				tree->v2[driven[i]] = true;
	}
}

static int base_open(const struct cgroup_tree *tree)
{
	int fd;

	if (tree->own_base && mkdir(tree->base_path, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(tree->base_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int base_choose(struct cgroup_tree *tree, struct fault *fault)
{
	const struct cgroup_host *host = &tree->host;
	char delegated[2 * CGROUP_PATH_BYTES];
	int r;

	tree->own_base = !cgroup_host_delegated(host, delegated, sizeof(delegated));
	r = tree->own_base ?
		    snprintf(tree->base_path, sizeof(tree->base_path), "%s/assay", host->v2_mount) :
		    snprintf(tree->base_path, sizeof(tree->base_path), "%s", delegated);
	if (r < 0 || (size_t)r >= sizeof(tree->base_path))
		return fault_set(fault, -ENAMETOOLONG, "cgroup", "cgroup path");
	tree->base_fd = base_open(tree);
	if (tree->base_fd < 0)
		return fault_set(fault, tree->base_fd, "cgroup", "cannot make the group %s",
				 tree->base_path);
	if (tree->own_base) {
		_cleanup_close_ int top = open(host->v2_mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		controllers_enable(tree, top, false);
	} else {
		r = cgroup_move_aside(tree->base_fd);
		if (r < 0)
			return fault_set(fault, r, "cgroup",
					 "cannot move the processes of the delegated group %s aside",
					 tree->base_path);
	}
	controllers_enable(tree, tree->base_fd, true);
	return 0;
}

/*
 * Another engine that ends at this moment removes BASE when it finds it empty, perhaps between two of our looks at it: then nothing in it is
 * there, and it is made again.
 */
static int base_ready(struct cgroup_tree *tree, struct fault *fault)
{
	for (int i = 0; i < BASE_RETRIES; i++) {
		int r;

		tree->base_fd = fd_close(tree->base_fd);
		r = base_choose(tree, fault);
		if (r < 0 && r != -ENOENT && r != -ENODEV)
			return r;
		if (r < 0 || faccessat(tree->base_fd, "cgroup.procs", F_OK, 0) < 0)
			continue;
		if (faccessat(tree->base_fd, "cgroup.kill", W_OK, 0) == 0)
			return 0;
		if (faccessat(tree->base_fd, "cgroup.procs", F_OK, 0) == 0)
			return fault_say(fault, -ENOTSUP, "cgroup",
					 "this kernel has no cgroup.kill (it came with Linux 5.14)");
	}
	return fault_set(fault, -EBUSY, "cgroup", "the group %s comes and goes", tree->base_path);
}

/* On v1 only the hierarchies that limit something are driven: each costs the launcher a migration. */
static void v1_choose(struct cgroup_tree *tree)
{
	for (size_t i = 0; i < ARRAY_SIZE(driven); i++) {
		const struct cgroup_controller *controller = &tree->host.controller[driven[i]];

		tree->v1[driven[i]] = controller->version == 1 && controller->available &&
				      (driven[i] != CGROUP_CPUSET || tree->cpuset[0] != '\0') &&
				      (driven[i] != CGROUP_IO || tree->io_device[0] != '\0');
	}
}

static int controllers_require(const struct cgroup_tree *tree, struct fault *fault)
{
	static const struct {
		enum cgroup_controller_id id;
		const char *name;
	} required[] = {{CGROUP_MEMORY, "memory"}, {CGROUP_PIDS, "pids"}, {CGROUP_CPUSET, "cpuset"}};

	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		enum cgroup_controller_id id = required[i].id;

		if (tree->v1[id] || tree->v2[id] || (id == CGROUP_CPUSET && tree->cpuset[0] == '\0'))
			continue;
		return fault_say(
			fault, -ENOTSUP, "cgroup",
			"the %s controller cannot be used below %s; run it in a delegated unit "
			"(systemd-run -p Delegate=yes ...) or enable the controller at the top "
			"of the tree",
			required[i].name, tree->base_path);
	}
	return 0;
}

static int tree_fill(struct cgroup_tree *tree, const struct cgroup_options *options,
		     struct fault *fault)
{
	int r = cgroup_host_read(&tree->host, fault);

	if (r < 0)
		return r;
	if (!tree->host.has_v2)
		return fault_say(fault, -ENOTSUP, "cgroup",
				 "no cgroup v2 tree is mounted; mount one (mount -t cgroup2 none "
				 "/sys/fs/cgroup/unified) or boot with "
				 "systemd.unified_cgroup_hierarchy=1");
	if (options->cpuset != NULL)
		(void)snprintf(tree->cpuset, sizeof(tree->cpuset), "%s", options->cpuset);
	cgroup_io_device_find(tree);
	r = base_ready(tree, fault);
	if (r < 0)
		return r;
	v1_choose(tree);
	return options->allow_degraded ? 0 : controllers_require(tree, fault);
}

int cgroup_tree_open(const struct cgroup_options *options, struct cgroup_tree **ret_tree,
		     struct fault *fault)
{
	struct cgroup_tree *tree = new0(struct cgroup_tree, 1);
	char text[256];
	int r;

	if (tree == NULL)
		return fault_set(fault, -ENOMEM, "cgroup", "cgroup tree");
	tree->base_fd = -EBADF;
	r = tree_fill(tree, options, fault);
	if (r < 0) {
		(void)cgroup_tree_close(tree);
		return r;
	}
	tree->has_psi = file_read(tree->base_fd, "cpu.pressure", text, sizeof(text)) > 0;
	*ret_tree = tree;
	return 0;
}

struct cgroup_tree *cgroup_tree_close(struct cgroup_tree *tree)
{
	if (tree == NULL)
		return NULL;
	(void)fd_close(tree->base_fd);
	/* Not empty: another engine is there, and the last one removes it. */
	if (tree->own_base && tree->base_path[0] != '\0')
		(void)rmdir(tree->base_path);
	free(tree);
	return NULL;
}

const char *cgroup_tree_mode(const struct cgroup_tree *tree)
{
	return tree->host.hybrid ? "hybrid" : "v2";
}

int cgroup_tree_base_fd(const struct cgroup_tree *tree)
{
	return tree->base_fd;
}

bool cgroup_tree_limits(const struct cgroup_tree *tree, enum limit_key key)
{
	enum cgroup_controller_id id = key == LIMIT_MEMORY ? CGROUP_MEMORY :
				       key == LIMIT_PIDS   ? CGROUP_PIDS :
				       key == LIMIT_IO	   ? CGROUP_IO :
							     CGROUP_CPU;

	if (id == CGROUP_IO && tree->io_device[0] == '\0')
		return false;
	return tree->v1[id] || tree->v2[id];
}

/* BASE was removed by the engine that found it empty: makes it again, handing the controllers on. */
static int base_remake(const struct cgroup_tree *tree)
{
	_cleanup_close_ int base = base_open(tree);

	if (base < 0)
		return base;
	for (size_t i = 0; i < ARRAY_SIZE(driven); i++) {
		char word[32];

		(void)snprintf(word, sizeof(word), "+%s", tree->host.controller[driven[i]].name);
		if (tree->v2[driven[i]])
			(void)file_write(base, "cgroup.subtree_control", word);
	}
	return 0;
}

/*
 * The lock is on the directory itself, because that is what two engines must not share, whatever /run each of them sees. 1: it is
 * ours; 0: the directory was removed meanwhile, try again; -EBUSY.
 */
static int slot_lock(int fd, const char *path)
{
	struct stat ours, there;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &ours) < 0 || stat(path, &there) < 0)
		return errno == ENOENT ? 0 : -errno;
	return ours.st_ino == there.st_ino;
}

int cgroup_v2_slot_open(const struct cgroup_tree *tree, unsigned number, bool create)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/slot-%u", tree->base_path, number);
	for (int i = 0; i < BASE_RETRIES; i++) {
		_cleanup_close_ int fd = -EBADF;
		int r;

		if (create && mkdir(path, 0755) < 0 && errno != EEXIST && errno != ENOENT)
			return -errno;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && (errno != ENOENT || !create))
			return -errno;
		if (!create)
			return TAKE_FD(fd);
		r = fd < 0 ? base_remake(tree) : slot_lock(fd, path);
		if (r != 0)
			return r < 0 ? r : TAKE_FD(fd);
	}
	return -ENOENT;
}

static void v1_path(const struct cgroup_tree *tree, enum cgroup_controller_id id, unsigned number,
		    char *path, size_t size)
{
	(void)snprintf(path, size, "%s/" CGROUP_V1_NAME "%u", tree->host.controller[id].mount,
		       number);
}

/* A v1 group can be removed a moment after its last process died: a short wait is normal. */
static int rmdir_patiently(const char *path)
{
	for (int i = 0; i < 200; i++) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -errno;
		(void)poll(NULL, 0, i < 20 ? 1 : 10);
	}
	return -EBUSY;
}

int cgroup_v1_slot_open(const struct cgroup_tree *tree, enum cgroup_controller_id id,
			unsigned number)
{
	char path[PATH_BYTES];
	int fd;

	v1_path(tree, id, number, path, sizeof(path));
	if (mkdir(path, 0755) < 0) {
		/* Of a crashed engine, with its limits in force. */
		int r = errno == EEXIST ? rmdir_patiently(path) : -errno;

		if (r < 0 || mkdir(path, 0755) < 0)
			return r < 0 ? r : -errno;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

enum cgroup_controller_id cgroup_v1_first(const struct cgroup_tree *tree)
{
	int id = 0;

	while (id < CGROUP_CONTROLLER_MAX && !tree->v1[id])
		id++;
	return (enum cgroup_controller_id)id;
}

bool cgroup_v1_slot_stands(const struct cgroup_tree *tree, unsigned number)
{
	enum cgroup_controller_id id = cgroup_v1_first(tree);
	char path[PATH_BYTES];

	if (id == CGROUP_CONTROLLER_MAX)
		return false;
	v1_path(tree, id, number, path, sizeof(path));
	return access(path, F_OK) == 0;
}

int cgroup_v1_slot_remove(const struct cgroup_tree *tree, enum cgroup_controller_id id,
			  unsigned number)
{
	char path[PATH_BYTES];

	v1_path(tree, id, number, path, sizeof(path));
	return rmdir_patiently(path);
}
