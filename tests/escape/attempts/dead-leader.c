/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lives on in a thread whose process has lost its first one. A cgroup's kill signals that one, which is dead, and so does nothing: the process must be
 * signalled as a whole. By its argument it sleeps past its wall clock, spins past its CPU time, or goes on after a call that is denied.
 */
#include "tests/escape/attempt.h"

#include <pthread.h>

static void *go_on(void *what)
{
	const char *word = what;

	(void)usleep(100000);
	if (strcmp(word, "spin") == 0)
		attempt_spin(-1);
	if (strcmp(word, "deny") == 0)
		(void)syscall(SYS_mount, NULL, NULL, NULL, 0UL, NULL);
	for (;;)
		(void)pause();
}

static void *speak(void *unused)
{
	for (int i = 0; i < 60; i++) {
		(void)usleep(100000);
		(void)!write(1, "alive\n", 6);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2 || pthread_create(&thread, NULL, speak, NULL) != 0 ||
	    pthread_create(&thread, NULL, go_on, argv[1]) != 0)
		attempt_blocked();
	(void)syscall(SYS_exit, 0);
}
