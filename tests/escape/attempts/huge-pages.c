/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes huge pages, which are a pool of the host's and in no memory limit.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	static const size_t size = 2 << 20;
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	int fd;

	if (page != MAP_FAILED)
		attempt_escaped("MAP_HUGETLB");
	fd = (int)syscall(SYS_memfd_create, "x", 4 /* MFD_HUGETLB */);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		attempt_blocked();
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	attempt_result(page == MAP_FAILED ? -1 : 0, "MFD_HUGETLB");
}
