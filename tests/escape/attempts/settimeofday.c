/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets the host's clock the old way.
 */
#include "tests/escape/attempt.h"

#include <sys/time.h>

int main(void)
{
	struct timeval now;

	(void)gettimeofday(&now, NULL);

	attempt_result(syscall(SYS_settimeofday, &now, NULL), "settimeofday");
}
