/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uses as many CPUs as there are at once: CPU time is the sum of them.
 */
#include "tests/escape/attempt.h"

#include <pthread.h>

static void *spinner(void *unused)
{
	attempt_spin(-1);
	return unused;
}

int main(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		(void)pthread_create(&thread, NULL, spinner, NULL);
	attempt_spin(-1);
	return 0;
}
