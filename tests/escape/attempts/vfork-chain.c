/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes processes by vfork and clone with every sharing flag, which some counters miss.
 */
#include "tests/escape/attempt.h"

#include <sched.h>

static char stacks[64][4096] __attribute__((aligned(16)));

static int sleeper(void *unused)
{
	(void)unused;
	(void)pause();
	return 0;
}

int main(int argc, char **argv)
{
	int limit = argc > 1 ? atoi(argv[1]) : 4, n = 1;

	while (n < 60 && clone(sleeper, stacks[n] + sizeof(stacks[n]),
			       CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				       (n % 2 ? CLONE_PARENT : 0) | SIGCHLD,
			       NULL) > 0)
		n++;
	if (n > limit)
		attempt_escaped("more processes than the limit");
	attempt_blocked();
}
