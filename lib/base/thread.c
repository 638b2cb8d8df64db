/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that becomes urgent by itself has to get a CPU for that first: as an ordinary one, behind the urgent thread that has started it
 * and is to wait for it, on the CPU that it was put on. Born urgent it goes where it can run at once. So what keeps an urgent thread's
 * children ordinary is lifted for this one.
 */

#include "lib/base/thread.h"

#include <signal.h>

#include "lib/base/urgent.h"

int thread_start(pthread_t *ret_thread, void *(*run)(void *argument), void *argument)
{
	enum urgency urgency = urgency_get();
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	if (urgency != URGENT_NOT)
		urgent_hand_on(URGENT_HELPER);
	r = pthread_create(ret_thread, NULL, run, argument);
	if (urgency != URGENT_NOT)
		urgent_enter(urgency);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}
