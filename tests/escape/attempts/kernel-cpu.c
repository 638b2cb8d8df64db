/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spends its time inside of the kernel, where a signal has to wait: large reads of /dev/zero and /dev/urandom.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	size_t size = 48 << 20;
	char *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int zero = open("/dev/zero", O_RDONLY), random = open("/dev/urandom", O_RDONLY);

	for (;;) {
		(void)read(zero, buffer, size);
		(void)read(random, buffer, size);
	}
}
