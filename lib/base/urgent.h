/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Threads that somebody urgent waits for. What has to end others in time runs ahead of ordinary threads (SCHED_FIFO); on a busy host it would
 * wait in turn for an ordinary one that does its work, so those of its helpers that are our own code are urgent too, a step below it: what it started
 * early, for later, comes after itself and after the launcher that it waits for now, which is as urgent as it. Nothing else inherits it.
 * Called raw: one of the two libcs that this is linked with has POSIX's opinion about it, and does nothing. Source: sched(7).
 */

#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

/* Priorities of SCHED_FIFO; the first one is no such. */
enum urgency { URGENT_NOT = 0, URGENT_HELPER = 1, URGENT = 2 };

/* Whether the calling thread is urgent. */
static inline bool urgent_is(void)
{
	return (syscall(SYS_sched_getscheduler, 0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
}

/* How urgent the calling thread is. */
static inline enum urgency urgency_get(void)
{
	struct sched_param param = {0};

	if (!urgent_is() || syscall(SYS_sched_getparam, 0, &param) < 0)
		return URGENT_NOT;
	return param.sched_priority >= URGENT ? URGENT : URGENT_HELPER;
}

/* Makes the calling thread, an urgent one, that urgent, and what it starts or forks from now on too. */
static inline void urgent_hand_on(enum urgency urgency)
{
	const struct sched_param param = {.sched_priority = (int)urgency};

	(void)syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param);
}

/*
 * Makes the calling thread that urgent, or ordinary. Where it is not allowed it stays ordinary, and things take longer. That nothing inherits is
 * kept in both cases: taking it back needs a privilege on the host, which PID 1 of a sandbox does not have.
 */
static inline void urgent_enter(enum urgency urgency)
{
	const struct sched_param param = {.sched_priority = (int)urgency};

	(void)syscall(SYS_sched_setscheduler, 0,
		      (urgency != URGENT_NOT ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK,
		      &param);
}

/* The calling thread stays what it was born as, and nothing that it starts or forks inherits that. */
static inline void urgent_end_here(void)
{
	urgent_enter(urgency_get());
}
