/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets the host's clock, which every other judgement uses.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);

	attempt_result(clock_settime(CLOCK_REALTIME, &now), "clock-settime");
}
