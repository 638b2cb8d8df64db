/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Threads that somebody urgent waits for. What has to end others in time runs ahead of ordinary threads (SCHED_FIFO); on a busy host it would
 * wait in turn for an ordinary one that does its work, so those of its helpers that are our own code are urgent too. Nothing inherits it but threads of our own (lib/base/thread.h).
 * Called raw: one of the two libcs that this is linked with has POSIX's opinion about it, and does nothing. Source: sched(7).
 */

#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

/* Whether the calling thread is urgent. */
static inline bool urgent_is(void)
{
	return (syscall(SYS_sched_getscheduler, 0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO;
}

/* Whether what the calling thread, an urgent one, starts or forks from now on is urgent too. */
static inline void urgent_hand_on(bool children)
{
	const struct sched_param param = {.sched_priority = 1};

	(void)syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | (children ? 0 : SCHED_RESET_ON_FORK),
		      &param);
}

/*
 * Makes the calling thread urgent, or ordinary. Where it is not allowed it stays ordinary, and things take longer. That nothing inherits is
 * kept in both cases: taking it back needs a privilege on the host, which PID 1 of a sandbox does not have.
 */
static inline void urgent_enter(bool urgent)
{
	const struct sched_param param = {.sched_priority = urgent ? 1 : 0};

	(void)syscall(SYS_sched_setscheduler, 0,
		      (urgent ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK, &param);
}
