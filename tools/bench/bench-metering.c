/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What metering costs: an engine's latency with counters on and off, and the time that it adds to one system call.
 *
 * Attached programs cost the whole host something, so the two cannot be alternated run by run: blocks alternate, and what is off is
 * measured with nothing attached. The best of many short loops is taken for a call; of starts the median, and the fastest tenth, which a busy
 * machine disturbs least.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "tools/bench/bench-engine.h"

enum { BLOCKS = 10, RUNS = 40, LOOPS = 400, CALLS = 2000 };

struct sample {
	uint64_t starts_ns[BLOCKS * RUNS];
	size_t n;
	double outside_ns; /* a call of a process that is in no sandbox */
};

static double call_ns(void)
{
	double best = 1e9;

	for (int i = 0; i < LOOPS; i++) {
		uint64_t start = clock_now_ns(CLOCK_MONOTONIC);

		for (int j = 0; j < CALLS; j++)
			(void)syscall(SYS_getppid);
		best = MIN(best, (double)(clock_now_ns(CLOCK_MONOTONIC) - start) / CALLS);
	}
	return best;
}

static void block_run(const char *build, char **argv, bool metering, struct sample *sample)
{
	struct bench_engine *engine = bench_engine_new(build, 1, argv, metering);

	bench_engine_run(engine, 3, 1);
	for (int i = 0; i < RUNS; i++) {
		uint64_t start = clock_now_ns(CLOCK_MONOTONIC);

		bench_engine_run(engine, 1, 1);
		sample->starts_ns[sample->n++] = clock_now_ns(CLOCK_MONOTONIC) - start;
	}
	sample->outside_ns = MIN(sample->outside_ns, call_ns());
	bench_engine_free(engine);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static double percentile_us(struct sample *sample, unsigned percent)
{
	qsort(sample->starts_ns, sample->n, sizeof(*sample->starts_ns), compare_u64);
	return (double)sample->starts_ns[sample->n * percent / 100] / 1000;
}

static void starts_print(const char *what, unsigned percent, struct sample *off, struct sample *on)
{
	double before = percentile_us(off, percent), after = percentile_us(on, percent);

	(void)printf("%-44s %9.0f %9.0f %7.2f\n", what, before, after, after / before);
}

int main(int argc, char **argv)
{
	static struct sample off = {.outside_ns = 1e9}, on = {.outside_ns = 1e9};

	if (argc < 3) {
		(void)fprintf(stderr, "usage: bench-metering BUILD PROGRAM ARGS...\n");
		return 2;
	}
	for (int i = 0; i < BLOCKS; i++) {
		block_run(argv[1], argv + 2, false, &off);
		block_run(argv[1], argv + 2, true, &on);
	}
	(void)printf("%-44s %9s %9s %7s\n", "", "off", "on", "ratio");
	starts_print("start to result, p10 us", 10, &off, &on);
	starts_print("start to result, p50 us", 50, &off, &on);
	(void)printf("%-44s %9.0f %9.0f %+7.0f\n", "a call outside of sandboxes, ns",
		     off.outside_ns, on.outside_ns, on.outside_ns - off.outside_ns);
	return 0;
}
