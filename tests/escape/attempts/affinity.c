/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses the CPUs that it runs on, to sit beside another submission. The toolchains of the compile profile may.
 */
#include "tests/escape/attempt.h"

#include <sched.h>

int main(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);

	attempt_result(sched_setaffinity(0, sizeof(set), &set), "affinity");
}
