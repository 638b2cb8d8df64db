/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reserves the CPU for itself.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} a = {sizeof(a), 6 /* SCHED_DEADLINE */, 0, 0, 0, 90000000, 100000000, 100000000};

	attempt_result(syscall(SYS_sched_setattr, 0, &a, 0), "scheduler-deadline");
}
