/* SPDX-License-Identifier: Apache-2.0 */
/* A rename that leaves a whiteout, the device 0:0, in the place of what it took away. */
#include "tests/escape/attempt.h"

int main(void)
{
	int fd = open("before", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		attempt_blocked();
	attempt_result(renameat2(AT_FDCWD, "before", AT_FDCWD, "after", RENAME_WHITEOUT),
		       "whiteout");
}
