/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lowers the limits of the agent (a CPU limit would kill it). prlimit of another process needs its uid or CAP_SYS_RESOURCE.
 */
#include "tests/escape/attempt.h"

#include <sys/resource.h>

int main(void)
{
	struct rlimit limit = {0, 0};

	attempt_result(prlimit(1, RLIMIT_CPU, &limit, NULL), "prlimit");
}
