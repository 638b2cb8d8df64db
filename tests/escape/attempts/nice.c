/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes CPU time from others by a negative nice value. RLIMIT_NICE is 0 and there is no CAP_SYS_NICE.
 */
#include "tests/escape/attempt.h"

#include <sys/resource.h>

int main(void)
{
	attempt_try(setpriority(PRIO_PROCESS, 0, -20), "setpriority");
	errno = 0;
	if (nice(-20) >= 0 || errno == 0)
		attempt_escaped("nice");
	attempt_blocked();
}
