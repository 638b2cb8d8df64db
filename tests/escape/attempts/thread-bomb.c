/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes threads until it is refused, then counts: more than the limit is an escape. The limit is in the argument.
 */
#include "tests/escape/attempt.h"

#include <pthread.h>

static void *sleeper(void *unused)
{
	(void)pause();
	return unused;
}

int main(int argc, char **argv)
{
	long limit = argc > 1 ? atol(argv[1]) : 4, n = 1;
	pthread_attr_t attr;
	pthread_t thread;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 65536);
	while (n < limit + 100 && pthread_create(&thread, &attr, sleeper, NULL) == 0)
		n++;
	if (n > limit)
		attempt_escaped("more threads than the limit");
	attempt_blocked();
}
