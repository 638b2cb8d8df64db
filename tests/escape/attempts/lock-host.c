/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks a file of the mounts, which is the host's: others would find it locked, and a long list of locks slows down whoever closes that file, which is
 * each dynamic program that starts. Leases are refused to who does not own the file.
 */
#include "tests/escape/attempt.h"

#include <sys/file.h>

#ifndef F_OFD_SETLK
#define F_OFD_SETLK 37
#endif

int main(void)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
	int fd = open("/usr/lib/os-release", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		attempt_blocked();
	attempt_try(fcntl(fd, F_SETLK, &lock), "a lock of a process");
	attempt_try(fcntl(fd, F_SETLKW, &lock), "a lock of a process, waiting");
	attempt_try(fcntl(fd, F_OFD_SETLK, &lock), "a lock of a description");
	attempt_try(flock(fd, LOCK_EX | LOCK_NB), "a lock of the whole file");
	attempt_try(fcntl(fd, F_SETLEASE, F_RDLCK), "a lease");
	attempt_blocked();
}
