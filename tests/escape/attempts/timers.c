/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX timers, which fire without a process and cost kernel memory. RLIMIT_SIGPENDING is 1024.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	struct itimerspec fast = {{0, 1000}, {0, 1000}};
	timer_t timer;
	int n = 0;

	while (n < 5000 && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
		(void)timer_settime(timer, 0, &fast, NULL);
		n++;
	}
	if (n > 1024)
		attempt_escaped("more timers than the limit");
	attempt_blocked();
}
