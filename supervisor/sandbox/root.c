/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of a phase's sandboxes: a small tmpfs with read-only binds, built once per policy and phase in a mount namespace
 * of its own. A sandbox's mount namespace is a copy of that one, made by clone3: it holds this tree and
 * nothing else, so there is no old root to leave and no host path to be found.
 *
 * It is built by a thread of its own (root-make.c), because unshare and pivot_root change the view of who calls them.
 *
 * Everything is made relative to the new root's descriptor with RESOLVE_IN_ROOT, so that a symbolic link in a bound
 * directory cannot lead a later mount out of it. The root is made read-only last.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/root.h"
#include "supervisor/sandbox/scratch.h"

#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

static const char *const root_directories[] = {"etc", "dev", "proc", "sandbox", "var"};

/* Mirrored from the host where it has them as links into usr (merged /usr). */
static const char *const mirrored_links[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

static const struct {
	const char *target, *path;
} fixed_links[] = {
	{SCRATCH_MOUNT_POINT "/work", "work"},
	{SCRATCH_MOUNT_POINT "/tmp", "tmp"},
	{SCRATCH_MOUNT_POINT "/tmp", "var/tmp"},
	{SCRATCH_MOUNT_POINT "/shm", "dev/shm"},
	{"/proc/self/fd", "dev/fd"},
	{"/proc/self/fd/0", "dev/stdin"},
	{"/proc/self/fd/1", "dev/stdout"},
	{"/proc/self/fd/2", "dev/stderr"},
};

static const struct {
	const char *path, *text;
} generated_files[] = {
	{"etc/passwd", "root:x:0:0:root:/nonexistent:/bin/false\n"
		       "user:x:1000:1000:user:/work:/bin/sh\n"
		       "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"},
	{"etc/group", "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n"},
	{"etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"},
	{"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
};

static const struct {
	const char *path;
	unsigned int minor;
} devices[] = {
	{"dev/null", 3}, {"dev/zero", 5}, {"dev/full", 7}, {"dev/random", 8}, {"dev/urandom", 9}};

enum { MEM_MAJOR = 1, ROOT_INODES = 4096 };

static int tree_open_in(int root, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* Opens the directory of `path` below `root`, making what is missing; `ret_name` is the last component. */
static int parents_make(int root, const char *path, const char **ret_name)
{
	_cleanup_close_ int at = tree_open_in(root, ".", O_PATH | O_DIRECTORY);
	char part[NAME_MAX + 1];

	while (*path == '/')
		path++;
	for (const char *slash; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		int next;

		if ((size_t)(slash - path) >= sizeof(part))
			return -ENAMETOOLONG;
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (mkdirat(at, part, 0755) < 0 && errno != EEXIST)
			return -errno;
		next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		(void)fd_close(at);
		at = next;
	}
	if (at < 0)
		return at;
	*ret_name = path;
	return TAKE_FD(at);
}

/* A place to mount on: a directory or an empty file, as the source is. */
static int target_make(int root, const char *path, bool directory)
{
	const char *name = "";
	_cleanup_close_ int parent = parents_make(root, path, &name);
	int fd;

	if (parent < 0)
		return parent;
	if (directory)
		return mkdirat(parent, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = openat(parent, name, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

/* A detached, read-only copy of the source's mount; -EBADF for an optional one that is not there. */
static int bind_open(const struct policy_mount *mount, int *ret_tree, struct fault *fault)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};
	_cleanup_close_ int tree =
		open_tree(AT_FDCWD, mount->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 && !(errno == ENOENT && mount->optional))
		return fault_set(fault, -errno, "mounts", "cannot mount %s", mount->source);
	if (tree >= 0 && mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return fault_set(fault, -errno, "mounts", "cannot make %s read-only", mount->source);
	*ret_tree = tree < 0 ? -EBADF : TAKE_FD(tree);
	return 0;
}

static int bind_attach(int root, const struct policy_mount *mount, int tree, struct fault *fault)
{
	_cleanup_close_ int target = -EBADF;
	struct stat st;
	int r = fstat(tree, &st) < 0 ? -errno :
				       target_make(root, mount->target, S_ISDIR(st.st_mode));

	if (r < 0)
		return fault_set(fault, r, "mounts", "cannot make the mount point %s",
				 mount->target);
	target = tree_open_in(root, mount->target, O_PATH);
	if (target < 0)
		return fault_set(fault, target, "mounts", "cannot open the mount point %s",
				 mount->target);
	if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fault_set(fault, -errno, "mounts", "cannot attach %s at %s", mount->source,
				 mount->target);
	return 0;
}

static int links_make(int root)
{
	for (size_t i = 0; i < ARRAY_SIZE(mirrored_links); i++) {
		char path[16], target[64];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/%s", mirrored_links[i]);
		n = readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strncmp(target[0] == '/' ? target + 1 : target, "usr/", 4) == 0 &&
		    symlinkat(target, root, mirrored_links[i]) < 0)
			return -errno;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fixed_links); i++)
		if (symlinkat(fixed_links[i].target, root, fixed_links[i].path) < 0)
			return -errno;
	return 0;
}

static int files_make(int root)
{
	for (size_t i = 0; i < ARRAY_SIZE(generated_files); i++) {
		_cleanup_close_ int fd = openat(root, generated_files[i].path,
						O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		int r = fd < 0 ? -errno :
				 fd_write_all(fd, generated_files[i].text,
					      strlen(generated_files[i].text));

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (mknodat(root, devices[i].path, S_IFCHR | 0666,
			    makedev(MEM_MAJOR, devices[i].minor)) < 0)
			return -errno;
	return 0;
}

static int skeleton_make(int root, const struct root_request *request, struct fault *fault)
{
	int r = 0;

	(void)umask(0);
	for (size_t i = 0; i < ARRAY_SIZE(root_directories) && r == 0; i++)
		if (mkdirat(root, root_directories[i], 0755) < 0)
			r = -errno;
	if (r == 0)
		r = links_make(root);
	if (r == 0)
		r = files_make(root);
	if (r == 0)
		r = root_libraries(root, request);
	return r < 0 ? fault_set(fault, r, "mounts", "cannot fill the sandbox's root") : 0;
}

/* The new root has to hang somewhere before pivot_root: on any directory that every system has. */
static int root_attach(int root)
{
	static const char *const places[] = {"/tmp", "/run", "/mnt", "/var"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (move_mount(root, "", AT_FDCWD, places[i], MOVE_MOUNT_F_EMPTY_PATH) == 0)
			return 0;
	return -errno;
}

static int root_enter(int root, struct fault *fault)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

	if (mount_setattr(root, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) < 0 ||
	    fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fault_set(fault, -errno, "mounts", "cannot enter the sandbox's root");
	return 0;
}

static int root_fill(int root, const struct root_request *request, struct fault *fault)
{
	int r = skeleton_make(root, request, fault);

	for (size_t i = 0; i < request->n_mounts; i++) {
		_cleanup_close_ int tree = TAKE_FD(request->trees[i]);

		if (r == 0 && tree >= 0)
			r = bind_attach(root, &request->mounts[i], tree, fault);
	}
	return r;
}

/* Sources are opened before the new root hangs anywhere: it would hide what is below its place. */
int root_build(const struct root_request *request, struct fault *fault)
{
	_cleanup_close_ int root = -EBADF;
	int r = 0;

	for (size_t i = 0; i < request->n_mounts; i++)
		request->trees[i] = -EBADF;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fault_set(fault, -errno, "mount-namespace", "cannot make a mount namespace");
	for (size_t i = 0; i < request->n_mounts && r == 0; i++)
		r = bind_open(&request->mounts[i], &request->trees[i], fault);
	if (r == 0) {
		root = scratch_tmpfs(UINT64_C(1) << 20, ROOT_INODES, MOUNT_ATTR_NOSUID, fault);
		r = MIN(root, 0);
	}
	if (r == 0) {
		r = root_attach(root);
		if (r < 0)
			(void)fault_set(fault, r, "mounts", "cannot attach the sandbox's root");
	}
	if (r == 0)
		r = root_fill(root, request, fault);
	for (size_t i = 0; i < request->n_mounts; i++)
		request->trees[i] = fd_close(request->trees[i]);
	return r < 0 ? r : root_enter(root, fault);
}
