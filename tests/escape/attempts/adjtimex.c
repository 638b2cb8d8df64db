/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the host's clock run faster.
 */
#include "tests/escape/attempt.h"

#include <sys/timex.h>

int main(void)
{
	struct timex t = {.modes = ADJ_FREQUENCY};

	attempt_result(syscall(SYS_adjtimex, &t), "adjtimex");
}
