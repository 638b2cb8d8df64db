/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* When to look at a step's CPU clock next: at the earliest moment at which it can have used its time up. */

#include <stdint.h>

#include "lib/contract/limits.h"

/*
 * How many CPUs the step can use at once, in thousandths, at least 1000: the CPUs of the host or its process limit. A bandwidth
 * limit says nothing about a moment: within a period a step may use all CPUs.
 */
uint64_t deadline_parallelism(const struct limits *limits, unsigned n_cpus);

/*
 * The CLOCK_MONOTONIC time at which a step that has used `used_ns` of `budget_ns` at `now_ns` can have used all of it, at the earliest. Never closer
 * than DEADLINE_STEP_NS, so that the last stretch is not polled. LIMIT_NONE for a budget of LIMIT_NONE.
 */
uint64_t deadline_next_ns(uint64_t now_ns, uint64_t used_ns, uint64_t budget_ns,
			  uint64_t parallelism);

/* cpu.stat of a running task is as old as its last tick (4 ms at 250 Hz): looking more often shows nothing new. */
#define DEADLINE_STEP_NS UINT64_C(2000000)
