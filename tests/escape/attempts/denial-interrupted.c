/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a forbidden call while a sibling bombards it with signals: the notification is withdrawn before the supervisor reads it, and
 * the call is tried again. The call is never carried out; the question is whether the attempt stays unseen. Ends with 0 when it came through a hundred tries.
 */
#include "tests/escape/attempt.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_int tries;
static pthread_t victim;

static void handler(int sig)
{
	(void)sig;
}

static void *bombard(void *unused)
{
	while (atomic_load(&tries) < 100)
		(void)pthread_kill(victim, SIGUSR1);
	return unused;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	pthread_t thread;

	(void)sigaction(SIGUSR1, &action, NULL);
	victim = pthread_self();
	if (pthread_create(&thread, NULL, bombard, NULL) != 0)
		attempt_blocked();
	for (int i = 0; i < 100; i++) {
		(void)syscall(SYS_keyctl, 0, 0);
		atomic_fetch_add(&tries, 1);
	}
	attempt_escaped("a hundred forbidden calls went unseen");
}
