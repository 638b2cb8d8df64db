/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls the vsyscall page, whose calls are emulated by the kernel. At most the time comes out, or a signal.
 */
#include "tests/escape/attempt.h"

#ifdef __x86_64__
#include <sys/time.h>

int main(void)
{
	long (*const entry)(struct timeval *, void *) =
		(long (*)(struct timeval *, void *))0xffffffffff600000;
	struct timeval now = {0, 0};

	(void)entry(&now, NULL);
	attempt_blocked();
}
#else
int main(void)
{
	attempt_blocked();
}
#endif
