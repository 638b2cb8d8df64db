/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sandboxes a second with 1, 2, 4 and 8 at once, beside posix_spawn of the same program with as many at once. The two take
 * turns in short rounds, so that both meet the same machine; the figure is the ratio of their sums.
 *
 *   bench-throughput BUILD ROUNDS PROGRAM ARGS...
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "lib/base/clock.h"
#include "tools/bench/bench-engine.h"

enum { JOBS_PER_ROUND = 64 };

static void spawn_many(char **argv, unsigned long n, unsigned at_once)
{
	unsigned long started = 0, done = 0;

	while (done < n) {
		int status;

		for (; started < n && started - done < at_once; started++) {
			pid_t pid;

			if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
				bench_fail(argv[0], NULL);
		}
		/* Only its own children: the engine is made after and freed before each measurement. */
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			bench_fail(argv[0], NULL);
		done++;
	}
}

int main(int argc, char **argv)
{
	static const unsigned at_once[] = {1, 2, 4, 8};
	long rounds;

	if (argc < 4) {
		(void)fprintf(stderr, "usage: bench-throughput BUILD ROUNDS PROGRAM ARGS...\n");
		return 2;
	}
	rounds = strtol(argv[2], NULL, 10);
	(void)printf("%-8s %14s %14s %7s\n", "at once", "posix_spawn /s", "assay /s", "ratio");
	for (size_t i = 0; i < ARRAY_SIZE(at_once); i++) {
		uint64_t spawn_ns = 0, engine_ns = 0;
		double jobs = (double)rounds * JOBS_PER_ROUND;

		for (long round = 0; round < rounds; round++) {
			struct bench_engine *engine;
			uint64_t start = clock_now_ns(CLOCK_MONOTONIC);

			spawn_many(argv + 3, JOBS_PER_ROUND, at_once[i]);
			spawn_ns += clock_now_ns(CLOCK_MONOTONIC) - start;
			engine = bench_engine_new(argv[1], at_once[i], argv + 3, true);
			bench_engine_run(engine, at_once[i], at_once[i]);
			start = clock_now_ns(CLOCK_MONOTONIC);
			bench_engine_run(engine, JOBS_PER_ROUND, at_once[i]);
			engine_ns += clock_now_ns(CLOCK_MONOTONIC) - start;
			bench_engine_free(engine);
		}
		(void)printf("%-8u %14.0f %14.0f %7.2f\n", at_once[i], jobs * 1e9 / (double)spawn_ns,
			     jobs * 1e9 / (double)engine_ns, (double)spawn_ns / (double)engine_ns);
	}
	return 0;
}
