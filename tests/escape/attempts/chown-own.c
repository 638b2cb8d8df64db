/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives its own file to root, as a first half of a setuid program. Needs CAP_CHOWN.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int fd = open("own", O_RDWR | O_CREAT | O_CLOEXEC, 0755);

	if (fd < 0)
		attempt_blocked();
	attempt_result(fchown(fd, 0, 0), "fchown");
}
