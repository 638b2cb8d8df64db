/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a pseudo terminal, and so a terminal of its own to play with line disciplines.
 */
#include "tests/escape/attempt.h"

#include <sys/ioctl.h>

int main(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	int discipline = 21; /* N_GSM0710 */

	if (fd < 0)
		attempt_blocked();
	attempt_result(ioctl(fd, TIOCSETD, &discipline), "a line discipline");
}
