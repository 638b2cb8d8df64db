/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Truncates, seeks, resizes, closes and re-owns its output, and asks for signals to others about it. A pipe takes no such thing, its size is
 * bounded by the kernel's limit for users without privilege, and signals go to the own processes only.
 */
#include "tests/escape/attempt.h"

#define F_OWNER_SIG 10

int main(void)
{
	attempt_try(ftruncate(1, 0), "truncate");
	attempt_try(lseek(1, 0, SEEK_SET), "seek");
	attempt_try(pwrite(1, "x", 1, 0), "pwrite");
	attempt_try(fcntl(1, F_SETPIPE_SZ, 1 << 30), "a pipe of 1 GiB");
	attempt_try(fchown(1, 0, 0), "fchown");
	attempt_try(fchown(1, 1001, 1001), "fchown to another");
	(void)fchmod(1, 0);
	(void)fcntl(1, F_SETOWN, 1);
	(void)fcntl(1, F_SETSIG, SIGKILL);
	(void)fcntl(1, F_SETFL, O_NONBLOCK | O_ASYNC | O_DIRECT);
	for (int i = 0; i < 100; i++)
		(void)write(1, "x", 1);
	attempt_blocked();
}
