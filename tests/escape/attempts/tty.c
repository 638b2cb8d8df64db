/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pushes input into the terminal of whoever runs assay (TIOCSTI), takes it over, or talks to the console. No descriptor is a terminal
 * and there is no controlling one.
 */
#include "tests/escape/attempt.h"

#include <sys/ioctl.h>

int main(void)
{
	for (int fd = 0; fd < 3; fd++) {
		attempt_try(ioctl(fd, TIOCSTI, "x"), "TIOCSTI");
		attempt_try(ioctl(fd, TIOCSCTTY, 1), "TIOCSCTTY");
		attempt_try(ioctl(fd, TIOCCONS, 0), "TIOCCONS");
		attempt_try(ioctl(fd, TIOCLINUX, "\x02"), "TIOCLINUX");
		if (isatty(fd))
			attempt_escaped("a terminal");
	}
	attempt_try(open("/dev/tty", O_RDWR), "/dev/tty");
	attempt_blocked();
}
