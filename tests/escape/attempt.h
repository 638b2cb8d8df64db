/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every attempt shares. An attempt ends in one of two ways of its own: with status 0 when it got what it was
 * after, with status 77 when it was refused. Everything else (a signal, a verdict, a limit) is for the runner to see from
 * outside. What an attempt writes to stderr is for people who look into a failure; nobody believes it.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ESCAPED = 0, BLOCKED = 77 };

_Noreturn static inline void attempt_escaped(const char *what)
{
	(void)fprintf(stderr, "escaped: %s\n", what);
	exit(ESCAPED);
}

_Noreturn static inline void attempt_blocked(void)
{
	(void)fprintf(stderr, "blocked: %s\n",
		      strerrorname_np(errno) ? strerrorname_np(errno) : "0");
	exit(BLOCKED);
}

/* One call decides: anything but a failure is success of the attempt. */
_Noreturn static inline void attempt_result(long r, const char *what)
{
	if (r >= 0)
		attempt_escaped(what);
	attempt_blocked();
}

/* For attempts with several tries: goes on when the try failed. */
static inline void attempt_try(long r, const char *what)
{
	if (r >= 0)
		attempt_escaped(what);
}

/* Reading one byte of a file. */
static inline void attempt_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && read(fd, &byte, 1) == 1)
		attempt_escaped(path);
	if (fd >= 0)
		(void)close(fd);
}

static inline double attempt_now(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Uses a CPU for `seconds` of its own time; for ever when negative. */
static inline void attempt_spin(double seconds)
{
	double end = attempt_now(CLOCK_THREAD_CPUTIME_ID) + seconds;

	while (seconds < 0 || attempt_now(CLOCK_THREAD_CPUTIME_ID) < end)
		for (volatile int i = 0; i < 100000; i++)
			;
}
