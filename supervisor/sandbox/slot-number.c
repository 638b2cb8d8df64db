/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register is one file; byte N locked means that number N is in use. Open-file-description locks vanish when
 * their owner dies, also by SIGKILL, so nothing has to be recovered here: what a dead engine left in cgroups is found by
 * taking each free number and looking (cgroup_tree_recover). Source: fcntl(2), "Open file description locks".
 *
 * Two engines in one process need two opens of the register: each open has its own locks.
 */

#include "supervisor/sandbox/slot-number.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"

#define STATE_DIR "/run/assay"

int slot_register_open(struct fault *fault)
{
	_cleanup_close_ int dir = -EBADF;
	struct stat st;
	int fd;

	if (mkdir(STATE_DIR, 0700) < 0 && errno != EEXIST)
		return fault_set(fault, -errno, "slots", "cannot make " STATE_DIR);
	dir = open(STATE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st) < 0)
		return fault_set(fault, -errno, "slots", "cannot open " STATE_DIR);
	if (st.st_uid != 0 || (st.st_mode & 022) != 0)
		return fault_say(fault, -EPERM, "slots",
				 STATE_DIR " must belong to root and be writable by nobody else");
	fd = openat(dir, "slots", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_set(fault, -errno, "slots", "cannot open " STATE_DIR "/slots");
	return fd;
}

static int byte_lock(int fd, int number, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = number,
		.l_len = 1,
	};

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

int slot_number_take(int register_fd, int number)
{
	int first = number < 0 ? 0 : number;
	int last = number < 0 ? SLOT_NUMBERS_MAX - 1 : number;

	if (number >= SLOT_NUMBERS_MAX)
		return -EINVAL;
	for (int n = first; n <= last; n++) {
		int r = byte_lock(register_fd, n, F_WRLCK);

		if (r == 0)
			return n;
		if (r != -EBUSY)
			return r;
	}
	return -EBUSY;
}

void slot_number_give(int register_fd, int number)
{
	(void)byte_lock(register_fd, number, F_UNLCK);
}
