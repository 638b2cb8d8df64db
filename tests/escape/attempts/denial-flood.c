/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forbidden calls from many threads at once.
 */
#include "tests/escape/attempt.h"

#include <pthread.h>

static void *caller(void *unused)
{
	(void)syscall(SYS_keyctl, 0, 0);
	return unused;
}

int main(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		(void)pthread_create(&thread, NULL, caller, NULL);
	(void)syscall(SYS_keyctl, 0, 0);
	attempt_blocked();
}
