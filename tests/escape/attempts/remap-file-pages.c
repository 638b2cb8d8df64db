/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An old call with a history of holes.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>

int main(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	attempt_result(syscall(SYS_remap_file_pages, page, 4096, 0, 0, 0), "remap-file-pages");
}
