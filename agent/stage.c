/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies what earlier steps left (or what was submitted) into the fresh work directory of this step.
 *
 * The source tree is hostile: a compile step of the submission wrote it. Nothing runs any more that could change it, and PID 1
 * has only the authority of the sandbox's user namespace here, but it still may hold FIFOs, sockets, loops of links, holes of
 * terabytes and directories a thousand deep. So: no symbolic link is ever followed, only regular files are opened (O_NONBLOCK, checked
 * after the open), depth is bounded, holes stay holes, and the size is bounded by the target, a tmpfs that the
 * supervisor sized for this content plus the step's own disk limit: ENOSPC ends it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "lib/base/mem.h"

/* Deep enough for package trees, shallow enough for the stack: a level takes one directory buffer. */
enum { STAGE_DEPTH_MAX = 40, STAGE_BUFFER_BYTES = 8192 };

struct owner {
	uid_t uid;
	gid_t gid;
};

/* What getdents64(2) fills in. */
struct dirent64_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static int directory_copy(int source, int target, struct owner owner, int depth);

static int range_copy(int from, int to, off_t start, off_t end)
{
	while (start < end) {
		ssize_t n;

		if (lseek(to, start, SEEK_SET) < 0)
			return -errno;
		n = sendfile(to, from, &start, (size_t)MIN(end - start, (off_t)1 << 30));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
	}
	return 0;
}

/* Copies data only: SEEK_DATA and SEEK_HOLE keep a sparse file sparse. */
static int data_copy(int from, int to, off_t size)
{
	off_t at = 0;

	if (ftruncate(to, size) < 0)
		return -errno;
	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		int r;

		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		at = lseek(from, data, SEEK_HOLE);
		if (at < 0)
			return -errno;
		r = range_copy(from, to, data, at);
		if (r < 0)
			return r;
	}
	return 0;
}

static int file_copy(int source, int target, const char *name, struct owner owner)
{
	struct stat st;
	int from, to, r;

	from = openat(source, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return -errno;
	if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(from);
		return -EINVAL;
	}
	to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = to < 0 ? -errno : data_copy(from, to, st.st_size);
	if (r == 0 && (fchown(to, owner.uid, owner.gid) < 0 || fchmod(to, st.st_mode & 0777) < 0))
		r = -errno;
	(void)close(from);
	if (to >= 0)
		(void)close(to);
	return r;
}

static int link_copy(int source, int target, const char *name, struct owner owner)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(source, name, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (symlinkat(text, target, name) < 0 ||
	    fchownat(target, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int subdirectory_copy(int source, int target, const char *name, struct owner owner,
			     mode_t mode, int depth)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int from, to, r;

	if (depth >= STAGE_DEPTH_MAX)
		return -ELOOP;
	from = openat(source, name, flags);
	if (from < 0)
		return -errno;
	if (mkdirat(target, name, 0700) < 0) {
		r = -errno;
		(void)close(from);
		return r;
	}
	to = openat(target, name, flags);
	r = to < 0 ? -errno : directory_copy(from, to, owner, depth + 1);
	if (r == 0 && (fchown(to, owner.uid, owner.gid) < 0 || fchmod(to, mode & 0777) < 0))
		r = -errno;
	(void)close(from);
	if (to >= 0)
		(void)close(to);
	return r;
}

static int entry_copy(int source, int target, const char *name, struct owner owner, int depth)
{
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (fstatat(source, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return file_copy(source, target, name, owner);
	case S_IFLNK:
		return link_copy(source, target, name, owner);
	case S_IFDIR:
		return subdirectory_copy(source, target, name, owner, st.st_mode, depth);
	default:
		return 0; /* FIFOs and sockets have no content to keep */
	}
}

static int directory_copy(int source, int target, struct owner owner, int depth)
{
	_Alignas(struct dirent64_raw) char buffer[STAGE_BUFFER_BYTES];

	for (;;) {
		long n = syscall(SYS_getdents64, source, buffer, sizeof(buffer));

		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (long at = 0; at < n;) {
			const struct dirent64_raw *entry = (const void *)(buffer + at);
			int r = entry_copy(source, target, entry->name, owner, depth);

			if (r < 0)
				return r;
			at += entry->reclen;
		}
	}
}

int stage_copy(int source_fd, const char *target, uid_t uid, gid_t gid)
{
	const struct owner owner = {uid, gid};
	int from, to, r;

	/* A description of its own: the supervisor's fd keeps its offset for the next step. */
	from = openat(source_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	to = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = to < 0 ? -errno : directory_copy(from, to, owner, 0);
	(void)close(from);
	if (to >= 0)
		(void)close(to);
	return r;
}
