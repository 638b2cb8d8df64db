/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the read end of its own output, to take back what it wrote or to stop the reader. The pipe belongs to the supervisor.
 */
#include "attempt.h"

int main(void)
{
	attempt_try(open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK), "read end");
	attempt_try(open("/proc/self/fd/2", O_RDWR | O_NONBLOCK), "both ends");
	attempt_try(open("/dev/stdout", O_RDONLY | O_NONBLOCK), "by name");
	attempt_blocked();
}
