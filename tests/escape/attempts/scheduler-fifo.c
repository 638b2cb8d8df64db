/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becomes a real-time process, which ordinary ones cannot interrupt. Needs CAP_SYS_NICE; RLIMIT_RTPRIO is 0.
 */
#include "tests/escape/attempt.h"

#include <sched.h>

int main(void)
{
	struct sched_param p = {.sched_priority = 99};

	attempt_result(sched_setscheduler(0, SCHED_FIFO, &p), "scheduler-fifo");
}
