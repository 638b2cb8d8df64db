/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs and further cases for tools/bench/steps, which watches from outside: a call of getppid(2) stands at each end of what is measured, and
 * nothing else here makes that call.
 *
 *   bench-steps BUILD JOBS SUBMISSIONS PROGRAM ARGS...
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/bench/bench-engine.h"

enum { WARM_UP_JOBS = 5 };

static void job_mark(struct bench_engine *engine)
{
	(void)getppid();
	bench_engine_run(engine, 1, 1);
	(void)getppid();
	bench_engine_settle(engine);
	(void)usleep(5000); /* the spare is made, and the kernel has cleared away what ended */
	bench_engine_settle(engine);
}

int main(int argc, char **argv)
{
	struct bench_engine *engine;

	if (argc < 5) {
		(void)fprintf(stderr, "usage: bench-steps BUILD JOBS SUBMISSIONS PROGRAM ARGS...\n");
		return 2;
	}
	engine = bench_engine_new(argv[1], 1, argv + 4, true);
	bench_engine_run(engine, WARM_UP_JOBS, 1);
	bench_engine_settle(engine);
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--)
		job_mark(engine);
	for (long i = strtol(argv[3], NULL, 10); i > 0; i--)
		(void)bench_engine_case_ns(engine);
	bench_engine_free(engine);
	return 0;
}
