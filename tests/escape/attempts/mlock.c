/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks memory that cannot be taken back. RLIMIT_MEMLOCK is 64 KiB.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	size_t size = 32 << 20;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	attempt_result(mlock(memory, size), "mlock");
}
