/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens its input anew for writing and changes it, so that the checker would see another one. The input is a memfd with all seals.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	int fd = open("/proc/self/fd/0", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = open("/dev/stdin", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		attempt_try(pwrite(fd, "evil", 4, 0), "pwrite");
		attempt_try(ftruncate(fd, 0), "ftruncate");
		attempt_try(ftruncate(fd, 1 << 20), "grow");
		attempt_try(fallocate(fd, 3 /* punch a hole, keep size */, 0, 4096), "fallocate");
		if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
			attempt_escaped("a shared writable mapping");
	}
	attempt_try(write(0, "evil", 4), "write");
	attempt_blocked();
}
