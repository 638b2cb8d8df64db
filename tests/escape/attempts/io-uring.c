/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets up a ring, whose operations no filter sees.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char params[256];

	attempt_result(syscall(SYS_io_uring_setup, 4, params), "io-uring");
}
