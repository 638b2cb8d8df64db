/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes every readable page executable and maps page 0: old ways to ease an exploit.
 */
#include "tests/escape/attempt.h"

#include <sys/personality.h>

int main(void)
{
	attempt_result(personality(READ_IMPLIES_EXEC | MMAP_PAGE_ZERO), "personality");
}
