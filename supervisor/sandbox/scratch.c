/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scratches are made by the supervisor and handed to the sandbox as a detached mount, so that files can be put in and taken out
 * through a descriptor, without any path that a submission could bend. While the supervisor holds that descriptor the content
 * outlives the sandbox: what a compile step left is read by the agents of the steps after it.
 */

#include "supervisor/sandbox/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"

/* The root, work, tmp and shm are not the submission's. */
enum { OWN_INODES = 4 };

static int option_set(int context, const char *key, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return fsconfig(context, FSCONFIG_SET_STRING, key, text, 0) < 0 ? -errno : 0;
}

int scratch_tmpfs(uint64_t bytes, uint64_t inodes, unsigned int attributes, struct fault *fault)
{
	_cleanup_close_ int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int fd, r = context < 0 ? -errno : option_set(context, "size", bytes);

	if (r == 0)
		r = option_set(context, "nr_inodes", inodes);
	if (r == 0 && fsconfig(context, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0)
		r = -errno;
	if (r == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r < 0)
		return fault_set(fault, r, "scratch", "cannot make a tmpfs");
	fd = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	return fd < 0 ? fault_set(fault, -errno, "scratch", "cannot make a tmpfs mount") : fd;
}

int scratch_create(uint64_t bytes, uint64_t inodes, uid_t uid, gid_t gid, struct fault *fault)
{
	static const struct {
		const char *name;
		mode_t mode;
	} directories[] = {{"work", 0755}, {"tmp", 01777}, {"shm", 01777}};
	_cleanup_close_ int fd = scratch_tmpfs(bytes, inodes + OWN_INODES,
					       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, fault);

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdirat(fd, directories[i].name, 0700) < 0 ||
		    fchmodat(fd, directories[i].name, directories[i].mode, 0) < 0)
			return fault_set(fault, -errno, "scratch", "cannot make %s",
					 directories[i].name);
	if (fchownat(fd, "work", uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_set(fault, -errno, "scratch", "cannot give the work directory away");
	return TAKE_FD(fd);
}

int scratch_resize(int scratch_fd, uint64_t bytes, uint64_t inodes)
{
	_cleanup_close_ int context = fspick(scratch_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int r = context < 0 ? -errno : option_set(context, "size", bytes);

	if (r == 0)
		r = option_set(context, "nr_inodes", inodes + OWN_INODES);
	if (r == 0 && fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		r = -errno;
	return r;
}

int scratch_work_open(int scratch_fd)
{
	int fd = openat(scratch_fd, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* By way of the scratch's root: most jobs need no descriptor of the work directory. Neither it nor the file may be a link. */
static int file_make(int scratch_fd, const char *name)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		.mode = 0600,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	char path[sizeof("work/") + NAME_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "work/%s", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = (int)syscall(SYS_openat2, scratch_fd, path, &how, sizeof(how));
	return fd < 0 ? -errno : fd;
}

int scratch_file_put(int scratch_fd, const char *name, int data_fd, uint64_t size, mode_t mode,
		     uid_t uid, gid_t gid)
{
	_cleanup_close_ int fd = file_make(scratch_fd, name);
	off_t at = 0;

	if (fd < 0)
		return fd;
	while ((uint64_t)at < size) {
		ssize_t n = sendfile(fd, data_fd, &at, size - (uint64_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0 ? -errno : 0;
}

int scratch_usage(int scratch_fd, uint64_t *ret_bytes, uint64_t *ret_inodes)
{
	struct statfs st;

	if (fstatfs(scratch_fd, &st) < 0)
		return -errno;
	*ret_bytes = (uint64_t)(st.f_blocks - st.f_bfree) * (uint64_t)st.f_bsize;
	*ret_inodes = (uint64_t)(st.f_files - st.f_ffree);
	return 0;
}
