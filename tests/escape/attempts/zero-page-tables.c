/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same by reading only: the pages are the one zero page, and all that is used is page tables.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	size_t size = 1UL << 40;
	volatile char *base =
		mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		attempt_blocked();
	for (size_t at = 0; at < size; at += 2 << 20)
		(void)base[at];
	attempt_escaped("2 GiB of page tables");
}
