/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes an entry of the local descriptor table.
 */
#include "tests/escape/attempt.h"

#include <asm/ldt.h>

int main(void)
{
	struct user_desc entry = {.entry_number = 0, .limit = 1, .seg_32bit = 1};

	attempt_result(syscall(SYS_modify_ldt, 1, &entry, sizeof(entry)), "modify-ldt");
}
