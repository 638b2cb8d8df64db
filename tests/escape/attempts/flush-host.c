/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the kernel flush the host's disk, through a file of the mounts, as often as it likes, and drop that file from memory. The filter answers that it is done; a
 * pipe, of which the kernel would say that it cannot be, shows who answered.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int fd = open("/usr/lib/os-release", O_RDONLY | O_CLOEXEC), ends[2];

	if (fd < 0 || pipe(ends) < 0)
		attempt_blocked();
	for (int i = 0; i < 100; i++)
		if (fsync(fd) < 0 || fdatasync(fd) < 0 || sync_file_range(fd, 0, 0, 0) < 0)
			attempt_blocked();
	if (fsync(ends[1]) < 0 || fdatasync(ends[1]) < 0 || sync_file_range(ends[1], 0, 0, 0) < 0)
		attempt_escaped("a flush that reaches the kernel");
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (posix_fadvise(ends[1], 0, 0, POSIX_FADV_DONTNEED) != 0)
		attempt_escaped("advice that reaches the kernel");
	attempt_blocked();
}
