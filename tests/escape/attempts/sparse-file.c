/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a terabyte and offsets of eight exabytes, without content: whoever copies them would be busy for ever.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	(void)signal(SIGXFSZ, SIG_IGN);
	int fd = open("sparse", O_RDWR | O_CREAT, 0644);

	(void)ftruncate(fd, 1L << 40);
	(void)pwrite(fd, "x", 1, (1L << 40) - 1);
	(void)ftruncate(fd, 0x7ffffffffffff000L);
	(void)pwrite(fd, "x", 1, 0x7fffffffffffe000L);
	attempt_try(fallocate(fd, 0, 0, 1L << 40), "fallocate");
	attempt_blocked();
}
