/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU time of a job, by who spends it, beside a posix_spawn of the same program. That is what bounds the throughput of a host whose CPUs
 * are all busy, and other work on the machine disturbs it less than it disturbs times.
 *
 *   supervisor  this process
 *   agent       launcher and PID 1, from the slot's agent group
 *   step        the step's processes, before and after their execve, from the slot's group less agent
 *
 *   bench-cpu BUILD ROUNDS AT_ONCE PROGRAM ARGS...
 *
 * Only where the v2 tree is mounted alone or as /sys/fs/cgroup/unified.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "tools/bench/bench-engine.h"

enum { JOBS_PER_ROUND = 20, SLOTS_MAX = 16 };

/* Groups of the slots that this process has. */
struct groups {
	char path[SLOTS_MAX][256];
	size_t n;
};

struct spent {
	double supervisor_us, agent_us, step_us, wall_us;
};

static double self_us(int who)
{
	struct rusage usage;

	(void)getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The groups of this process's children that are launchers. */
static void groups_find(struct groups *groups)
{
	char path[64], children[4096] = "", *at = children, *word;
	ssize_t n;

	groups->n = 0;
	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	n = file_read(AT_FDCWD, path, children, sizeof(children));
	if (n < 0)
		bench_fail("children", NULL);
	while ((word = strsep(&at, " \n")) != NULL && groups->n < SLOTS_MAX) {
		const char *root = access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0 ?
					   "/sys/fs/cgroup/unified" :
					   "/sys/fs/cgroup";
		char text[4096], *own, *end;

		(void)snprintf(path, sizeof(path), "/proc/%s/cgroup", word);
		if (word[0] == '\0' || file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
			continue;
		own = strstr(text, "0::");
		end = own == NULL ? NULL : strstr(own, "/agent");
		if (end == NULL)
			continue;
		*end = '\0';
		(void)snprintf(groups->path[groups->n++], sizeof(groups->path[0]), "%.30s%.200s",
			       root, own + 3);
	}
}

static double group_us(const char *path, const char *below)
{
	char name[300], text[4096];
	uint64_t usec = 0;

	(void)snprintf(name, sizeof(name), "%s%s/cpu.stat", path, below);
	if (file_read(AT_FDCWD, name, text, sizeof(text)) < 0 ||
	    text_field_u64(text, "usage_usec", &usec) < 0)
		bench_fail(name, NULL);
	return (double)usec;
}

static struct spent spent_now(const struct groups *groups)
{
	struct spent spent = {.supervisor_us = self_us(RUSAGE_SELF),
			      .wall_us = (double)clock_now_ns(CLOCK_MONOTONIC) / 1000};

	for (size_t i = 0; i < groups->n; i++) {
		double agent = group_us(groups->path[i], "/agent");

		spent.agent_us += agent;
		spent.step_us += group_us(groups->path[i], "") - agent;
	}
	return spent;
}

static struct spent spent_less(const struct spent *to, const struct spent *from)
{
	return (struct spent){
		.supervisor_us = to->supervisor_us - from->supervisor_us,
		.agent_us = to->agent_us - from->agent_us,
		.step_us = to->step_us - from->step_us,
		.wall_us = to->wall_us - from->wall_us,
	};
}

static struct spent spawn_many(char **argv)
{
	double before = self_us(RUSAGE_SELF), children = self_us(RUSAGE_CHILDREN);
	double start = (double)clock_now_ns(CLOCK_MONOTONIC) / 1000;

	for (int i = 0; i < JOBS_PER_ROUND; i++) {
		pid_t pid;
		int status;

		if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
		    waitpid(pid, &status, 0) != pid)
			bench_fail(argv[0], NULL);
	}
	return (struct spent){
		.supervisor_us = self_us(RUSAGE_SELF) - before,
		.step_us = self_us(RUSAGE_CHILDREN) - children,
		.wall_us = (double)clock_now_ns(CLOCK_MONOTONIC) / 1000 - start,
	};
}

static struct spent jobs_many(struct bench_engine *engine, const struct groups *groups,
			      unsigned at_once)
{
	struct spent from = spent_now(groups), to;

	for (int i = 0; at_once == 1 && i < JOBS_PER_ROUND; i++) {
		bench_engine_run(engine, 1, 1);
		bench_engine_settle(engine);
	}
	if (at_once > 1)
		bench_engine_run(engine, JOBS_PER_ROUND, at_once);
	bench_engine_settle(engine);
	to = spent_now(groups);
	return spent_less(&to, &from);
}

static double total(const struct spent *spent)
{
	return spent->supervisor_us + spent->agent_us + spent->step_us;
}

static int compare(const void *a, const void *b)
{
	double x = total(a), y = total(b);

	return x < y ? -1 : x > y;
}

/* The round at a tenth from the least: other work on the machine only adds. */
static double row_print(const char *name, struct spent *rounds, long n, double base)
{
	const struct spent *at;
	double sum;

	qsort(rounds, (size_t)n, sizeof(*rounds), compare);
	at = &rounds[n / 10];
	sum = total(at);
	(void)printf("%-12s %10.0f %7.0f %7.0f %7.0f %7.2f %9.0f\n", name,
		     at->supervisor_us / JOBS_PER_ROUND, at->agent_us / JOBS_PER_ROUND,
		     at->step_us / JOBS_PER_ROUND, sum / JOBS_PER_ROUND, base == 0 ? 1 : sum / base,
		     at->wall_us / JOBS_PER_ROUND);
	return sum;
}

int main(int argc, char **argv)
{
	static struct groups groups;
	struct spent *spawned, *jobs;
	struct bench_engine *engine;
	unsigned at_once;
	long rounds;

	if (argc < 5) {
		(void)fprintf(stderr, "usage: bench-cpu BUILD ROUNDS AT_ONCE PROGRAM ARGS...\n");
		return 2;
	}
	rounds = strtol(argv[2], NULL, 10);
	at_once = (unsigned)strtoul(argv[3], NULL, 10);
	spawned = new0(struct spent, (size_t)rounds);
	jobs = new0(struct spent, (size_t)rounds);
	if (rounds < 1 || spawned == NULL || jobs == NULL)
		bench_fail("rounds", NULL);
	engine = bench_engine_new(argv[1], at_once, argv + 4, true);
	bench_engine_run(engine, 4UL * at_once, at_once);
	bench_engine_settle(engine);
	groups_find(&groups);
	for (long i = 0; i < rounds; i++) {
		spawned[i] = spawn_many(argv + 4);
		jobs[i] = jobs_many(engine, &groups, at_once);
	}
	(void)printf("us a job     supervisor   agent    step     sum   ratio      wall\n");
	(void)row_print("assay", jobs, rounds, row_print("posix_spawn", spawned, rounds, 0));
	bench_engine_free(engine);
	free(spawned);
	free(jobs);
	return 0;
}
