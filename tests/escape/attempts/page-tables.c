/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page in every 2 MiB of a huge mapping: nearly all of the memory is page tables, which count as well.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	size_t size = 1UL << 40;
	char *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		attempt_blocked();
	(void)madvise(base, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 2 << 20)
		base[at] = 1;
	attempt_escaped("4 GiB of page tables and pages");
}
