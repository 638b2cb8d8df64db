/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets up asynchronous I/O, whose operations are done on behalf of the kernel.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	unsigned long context = 0;

	attempt_result(syscall(SYS_io_setup, 1, &context), "aio");
}
