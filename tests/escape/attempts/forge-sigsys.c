/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends itself by a SIGSYS that looks as if the filter had sent it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	siginfo_t info = {.si_signo = SIGSYS, .si_code = -6};

	(void)syscall(SYS_rt_sigqueueinfo, getpid(), SIGSYS, &info);
	(void)raise(SIGSYS);
	return 0;
}
