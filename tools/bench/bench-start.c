/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What starting a sandbox costs, beside starting the same program without one and beside other sandboxes.
 *
 * One round runs every candidate once, in turn, so that whatever the machine does meanwhile hits all alike; a
 * figure is a ratio of medians to posix_spawn of the same program in the same run. Absolute times are shown for orientation
 * only. This is never a test.
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

struct candidate {
	const char *name, *isolation;
	char **argv;
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

static void candidate_run(struct bench *bench, struct candidate *candidate, long round)
{
	uint64_t start = clock_now_ns(CLOCK_MONOTONIC);

	if (candidate->argv != NULL)
		spawn_once(candidate->argv);
	else
		bench_engine_run(bench->engine, 1, 1);
	if (round >= 0)
		candidate->times_ns[round] = clock_now_ns(CLOCK_MONOTONIC) - start;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void table_print(struct bench *bench, long rounds)
{
	double base = 0;

	(void)printf("%-22s %9s %9s %7s  %s\n", "candidate", "p50 us", "p99 us", "ratio",
		     "isolation");
	for (size_t i = 0; i < bench->n_candidates; i++) {
		struct candidate *c = &bench->candidates[i];
		double p50, p99;

		qsort(c->times_ns, (size_t)rounds, sizeof(*c->times_ns), compare_u64);
		p50 = (double)c->times_ns[rounds / 2] / 1000;
		p99 = (double)c->times_ns[rounds * 99 / 100] / 1000;
		if (i == 0)
			base = p50;
		(void)printf("%-22s %9.0f %9.0f %7.2f  %s\n", c->name, p50, p99, p50 / base,
			     c->isolation);
	}
}

static void candidate_add(struct bench *bench, const char *name, const char *isolation, char **argv,
			  long rounds)
{
	struct candidate *c = &bench->candidates[bench->n_candidates++];

	*c = (struct candidate){name, isolation, argv, new0(uint64_t, (size_t)rounds)};
	if (c->times_ns == NULL)
		bench_fail("out of memory", NULL);
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
	candidate_add(&bench, "posix_spawn", "none", program, rounds);
	candidate_add(&bench, "assay engine",
		      "user pid mnt net ipc uts cgroup, limits, seccomp, capture", NULL, rounds);
	while (rest != NULL && rest[0] != NULL && rest[1] != NULL &&
	       bench.n_candidates < CANDIDATES_MAX) {
		char **peer = rest;

		rest = rest_cut(peer);
		candidate_add(&bench, peer[0], peer[1], peer + 2, rounds);
	}
	for (long round = -WARM_UP_ROUNDS; round < rounds; round++)
		for (size_t i = 0; i < bench.n_candidates; i++)
			candidate_run(&bench, &bench.candidates[i], round);
	table_print(&bench, rounds);
	bench_engine_free(bench.engine);
	return 0;
}
