/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the host's core_pattern starts a program, a crash here would run it as root on the host with this program's memory as its input.
 * A limit of 0 does not stop that: the kernel asks for a limit of exactly 1 (core(5), do_coredump). So the limit must be 1, or the process not dumpable.
 */
#include "tests/escape/attempt.h"

#include <sys/resource.h>

int main(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		attempt_blocked();
	if (limit.rlim_cur != 1 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)
		attempt_escaped("a crash is handed to the host's core handler");
	attempt_blocked();
}
