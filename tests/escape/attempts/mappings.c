/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As many mappings as the kernel lets a process have: each is a structure of the kernel's.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	for (int round = 0; round < 3; round++) {
		for (long i = 0; i < 70000; i++)
			if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
				break;
		if (fork() == 0)
			continue;
		break;
	}
	(void)wait(NULL);
	attempt_blocked();
}
