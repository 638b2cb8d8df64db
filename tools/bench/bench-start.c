/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What starting a sandbox costs, beside starting the same program without one and beside other sandboxes.
 *
 * One round runs every candidate once, so that whatever the machine does meanwhile hits all alike, in an order that is drawn anew: what
 * one leaves to the kernel to clear away (a network namespace takes it as long as the run did) hits each of the others as often. A
 * figure is a ratio to posix_spawn of the same program in the same run. Absolute times are shown for orientation
 * only. This is never a test.
 *
 * The engine is measured as a resident one: between two jobs its loop goes on.
 *
 *   bench-start ENGINE_DIR ROUNDS PROGRAM ARGS... [-- NAME ISOLATION COMMAND ARGS... [-- ...]]
 *
 * ENGINE_DIR is the build directory. Every command after "--" is a peer that runs PROGRAM in its own way.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tools/bench/bench-engine.h"

enum { CANDIDATES_MAX = 16, WARM_UP_ROUNDS = 20 };

enum kind { KIND_COMMAND, KIND_JOB, KIND_CASE };

struct candidate {
	const char *name, *isolation;
	enum kind kind;
	char **argv; /* of a command */
	uint64_t *times_ns;
};

struct bench {
	struct bench_engine *engine;
	struct candidate candidates[CANDIDATES_MAX];
	size_t n_candidates;
};

static void spawn_once(char **argv)
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		bench_fail(argv[0], NULL);
	(void)posix_spawn_file_actions_destroy(&actions);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)fprintf(stderr, "bench: wait status 0x%x of:", (unsigned int)status);
		for (char **word = argv; *word != NULL; word++)
			(void)fprintf(stderr, " %s", *word);
		bench_fail("", NULL);
	}
}

static uint64_t candidate_run(struct bench *bench, const struct candidate *candidate)
{
	uint64_t start = clock_now_ns(CLOCK_MONOTONIC), ns;

	if (candidate->kind == KIND_CASE)
		return bench_engine_case_ns(bench->engine);
	if (candidate->kind == KIND_COMMAND)
		spawn_once(candidate->argv);
	else
		bench_engine_run(bench->engine, 1, 1);
	ns = clock_now_ns(CLOCK_MONOTONIC) - start;
	return ns;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static double percentile_us(const struct candidate *candidate, long rounds, long percent)
{
	return (double)candidate->times_ns[rounds * percent / 100] / 1000;
}

/* A shared machine disturbs the upper half of all: the ratio of the fastest tenths is shown beside that of the medians. */
static void table_print(struct bench *bench, long rounds)
{
	const struct candidate *base = &bench->candidates[0];

	(void)printf("%-22s %9s %9s %9s %7s %7s  %s\n", "candidate", "p10 us", "p50 us", "p99 us",
		     "ratio", "at p10", "isolation");
	for (size_t i = 0; i < bench->n_candidates; i++) {
		struct candidate *c = &bench->candidates[i];

		qsort(c->times_ns, (size_t)rounds, sizeof(*c->times_ns), compare_u64);
		(void)printf("%-22s %9.0f %9.0f %9.0f %7.2f %7.2f  %s\n", c->name,
			     percentile_us(c, rounds, 10), percentile_us(c, rounds, 50),
			     percentile_us(c, rounds, 99),
			     percentile_us(c, rounds, 50) / percentile_us(base, rounds, 50),
			     percentile_us(c, rounds, 10) / percentile_us(base, rounds, 10),
			     c->isolation);
	}
}

static void candidate_add(struct bench *bench, const struct candidate *candidate, long rounds)
{
	struct candidate *c = &bench->candidates[bench->n_candidates++];

	*c = *candidate;
	c->times_ns = new0(uint64_t, (size_t)rounds);
	if (c->times_ns == NULL)
		bench_fail("out of memory", NULL);
}

static void candidates_own(struct bench *bench, char **program, long rounds)
{
	static const char isolation[] = "user pid mnt net ipc uts cgroup, limits, seccomp, capture";

	candidate_add(
		bench,
		&(struct candidate){.name = "posix_spawn", .isolation = "none", .argv = program},
		rounds);
	candidate_add(bench,
		      &(struct candidate){
			      .name = "assay engine", .isolation = isolation, .kind = KIND_JOB},
		      rounds);
	candidate_add(bench,
		      &(struct candidate){.name = "assay, a further case",
					  .isolation = isolation,
					  .kind = KIND_CASE},
		      rounds);
}

/* Fisher and Yates; the same orders in every run. Source: rand_r(3). */
static void order_draw(size_t order[], size_t n, unsigned *seed)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)rand_r(seed) % i, last = order[i - 1];

		order[i - 1] = order[j];
		order[j] = last;
	}
}

static void rounds_run(struct bench *bench, long rounds)
{
	size_t order[CANDIDATES_MAX];
	unsigned seed = 1;

	for (size_t i = 0; i < bench->n_candidates; i++)
		order[i] = i;
	for (long round = -WARM_UP_ROUNDS; round < rounds; round++) {
		order_draw(order, bench->n_candidates, &seed);
		for (size_t i = 0; i < bench->n_candidates; i++) {
			struct candidate *candidate = &bench->candidates[order[i]];
			uint64_t ns = candidate_run(bench, candidate);

			if (round >= 0)
				candidate->times_ns[round] = ns;
			bench_engine_settle(bench->engine);
		}
	}
}

/* Cuts `argv` at the next "--" and returns what follows it, or NULL. */
static char **rest_cut(char **argv)
{
	for (; *argv != NULL; argv++)
		if (strcmp(*argv, "--") == 0) {
			*argv = NULL;
			return argv + 1;
		}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	char **program, **rest;
	long rounds;

	if (argc < 4) {
		(void)fprintf(
			stderr,
			"usage: bench-start BUILD ROUNDS PROGRAM ARGS... [-- NAME ISOLATION COMMAND...]\n");
		return 2;
	}
	rounds = strtol(argv[2], NULL, 10);
	program = argv + 3;
	rest = rest_cut(program);
	bench.engine = bench_engine_new(argv[1], 1, program, true);
	candidates_own(&bench, program, rounds);
	while (rest != NULL && rest[0] != NULL && rest[1] != NULL &&
	       bench.n_candidates < CANDIDATES_MAX) {
		char **peer = rest;

		rest = rest_cut(peer);
		candidate_add(
			&bench,
			&(struct candidate){.name = peer[0], .isolation = peer[1], .argv = peer + 2},
			rounds);
	}
	rounds_run(&bench, rounds);
	table_print(&bench, rounds);
	bench_engine_free(bench.engine);
	return 0;
}
