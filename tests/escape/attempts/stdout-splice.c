/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives the supervisor pages that still belong to this program, by vmsplice, and changes them afterwards: the captured output would
 * change under the checker. What is in the pipe is copied when the supervisor takes it; a change before that is this
 * program's own output. Exits with 0: the runner looks at the output, which must be the sixteen bytes as they were at the end.
 */
#include "tests/escape/attempt.h"

#include <sys/uio.h>

int main(void)
{
	static char page[4096] __attribute__((aligned(4096)));
	struct iovec iov = {page, 16};

	(void)memcpy(page, "0123456789abcde\n", 16);
	if (syscall(SYS_vmsplice, 1, &iov, 1, 8 /* gift */) < 0)
		(void)write(1, page, 16);
	usleep(200000);
	(void)memcpy(page, "THIS IS FORGED!\n", 16);
	usleep(100000);
	return BLOCKED;
}
