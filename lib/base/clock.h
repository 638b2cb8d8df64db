/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Time in integers: nanoseconds of CLOCK_MONOTONIC unless a name says otherwise. */

#include <stdint.h>
#include <time.h>

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)
#define USEC_PER_SEC UINT64_C(1000000)

/* The clock's time in ns. Cannot fail for the clocks that the kernel always has. */
static inline uint64_t clock_now_ns(clockid_t clock)
{
	struct timespec ts = {0};

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}
