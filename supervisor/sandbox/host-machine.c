/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources of the machine that the engine draws on: descriptors, locked memory, a place for its
 * state, room on /run and /tmp. All are read or tried with a file that has no name (O_TMPFILE), so
 * there is no trace even when the attempt is killed.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/host-attempts.h"

#define STATE_DIR "/run/assay"
#define MIB (UINT64_C(1) << 20)

enum {
	OPEN_FILES_MIN = 8192, /* 256 slots, some 24 descriptors each, and the engine's own */
	LOCKED_MIN_MIB =
		8, /* one ring buffer for perf events a CPU; BPF maps are not counted since 5.11 */
	SPACE_RUN_MIN_MIB = 16,	 /* locks and records of slots */
	SPACE_TMP_MIN_MIB = 256, /* what compilers and tests keep outside of sandboxes */
};

int try_open_files(const struct host_context *context _unused_, struct host_note *note)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	return note_say(note, limit.rlim_max >= OPEN_FILES_MIN ? 0 : -EMFILE,
			"at most %" PRIu64 " a process", (uint64_t)limit.rlim_max);
}

int try_locked_memory(const struct host_context *context _unused_, struct host_note *note)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return -errno;
	if (limit.rlim_max == RLIM_INFINITY)
		return note_say(note, 0, "no limit");
	return note_say(note, limit.rlim_max >= LOCKED_MIN_MIB * MIB ? 0 : -ENOMEM,
			"at most %" PRIu64 " KiB", (uint64_t)limit.rlim_max / 1024);
}

/* A directory that others may write to could be replaced under the engine. */
static int check_owner(const char *path, struct host_note *note)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return note_say(note, -ENOTDIR, "%s is not a directory", path);
	if (st.st_uid != 0 || st.st_mode & S_IWOTH)
		return note_say(note, -EPERM, "%s can be written by others than root", path);
	return 0;
}

int try_state_dir(const struct host_context *context _unused_, struct host_note *note)
{
	_cleanup_close_ int fd = -EBADF;
	bool exists = access(STATE_DIR, F_OK) == 0;
	const char *path = exists ? STATE_DIR : "/run";
	int r = check_owner(path, note);

	if (r < 0)
		return r;
	fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return note_say(note, -errno, "no file can be made in %s", path);
	return note_say(note, 0, exists ? STATE_DIR " is writable" : STATE_DIR " can be made");
}

static int try_space(const char *path, uint64_t min_mib, struct host_note *note)
{
	struct statvfs fs;
	uint64_t mib;

	if (statvfs(path, &fs) < 0)
		return -errno;
	mib = (uint64_t)fs.f_bavail * fs.f_frsize / MIB;
	return note_say(note, mib >= min_mib ? 0 : -ENOSPC, "%" PRIu64 " MiB free%s", mib,
			mib >= min_mib ? "" : ", too few");
}

int try_space_run(const struct host_context *context _unused_, struct host_note *note)
{
	return try_space("/run", SPACE_RUN_MIN_MIB, note);
}

int try_space_tmp(const struct host_context *context _unused_, struct host_note *note)
{
	return try_space("/tmp", SPACE_TMP_MIN_MIB, note);
}
