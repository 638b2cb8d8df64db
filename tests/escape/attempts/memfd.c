/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory in files without names. It counts like other memory.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char block[1 << 16];
	int fd = (int)syscall(SYS_memfd_create, "x", 0);

	if (fd < 0)
		attempt_blocked();
	for (long n = 0; n < 1L << 30; n += sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			attempt_blocked();
	attempt_escaped("1 GiB in a memfd");
}
