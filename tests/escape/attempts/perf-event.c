/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts events of the CPU, of its own process: a side channel, and much kernel code.
 */
#include "tests/escape/attempt.h"

#include <linux/perf_event.h>

int main(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_TASK_CLOCK,
				       .exclude_kernel = 1};

	attempt_result(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0), "perf-event");
}
