/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many sandboxes from one engine: one at a time, several at a time, and as cases of submissions that have many; what the host counts must not grow:
 * descriptors, processes, mounts, cgroups (dying ones too), and the memory of the engine. Exit status 1 when something grew.
 *
 *   bench-soak BUILD SANDBOXES
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "tools/bench/bench-engine.h"

enum {
	WARM_UP = 200,		 /* allocators and caches have their size then */
	SETTLE_MSEC = 10000,	 /* the kernel frees cgroups and namespaces in workers */
	MEMORY_SLACK_KIB = 1024, /* malloc arenas */
	/* A lane may have a sandbox ready or not, and its group's files open; the programs may be attached or not. */
	LANE_DESCRIPTORS = 16,
	LANE_GROUPS = 2,
	LANES_OF_A_SLOT = 3,
	REPORTS = 10,
};

struct counts {
	long descriptors, processes, mounts, cgroups, memory_kib;
};

static long directory_count(const char *path, const char *only)
{
	DIR *dir = opendir(path);
	long n = 0;

	if (dir == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strspn(entry->d_name, only) == strlen(entry->d_name);
	(void)closedir(dir);
	return n;
}

static long lines_count(const char *path)
{
	FILE *file = fopen(path, "re");
	long n = 0;

	if (file == NULL)
		return -1;
	for (int c; (c = fgetc(file)) != EOF;)
		n += c == '\n';
	(void)fclose(file);
	return n;
}

/* Groups of the v2 tree, those that the kernel has not freed yet included. */
static long cgroups_count(void)
{
	static const char *const files[] = {"/sys/fs/cgroup/cgroup.stat",
					    "/sys/fs/cgroup/unified/cgroup.stat"};
	char text[4096];
	uint64_t living, dying;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (file_read(AT_FDCWD, files[i], text, sizeof(text)) > 0 &&
		    text_field_u64(text, "nr_descendants", &living) == 0 &&
		    text_field_u64(text, "nr_dying_descendants", &dying) == 0)
			return (long)(living + dying);
	return -1;
}

/* With all that the engine makes ahead, which it does when it has nothing else to do. */
static struct counts counts_take(struct bench_engine *engine)
{
	char text[4096];
	const char *rss = NULL;

	bench_engine_settle(engine);
	if (file_read(AT_FDCWD, "/proc/self/status", text, sizeof(text)) > 0)
		rss = strstr(text, "\nVmRSS:");
	return (struct counts){
		.descriptors = directory_count("/proc/self/fd", "0123456789"),
		.processes = directory_count("/proc", "0123456789"),
		.mounts = lines_count("/proc/self/mountinfo"),
		.cgroups = cgroups_count(),
		.memory_kib = rss != NULL ? strtol(rss + sizeof("\nVmRSS:") - 1, NULL, 10) : -1,
	};
}

static bool grew(const struct counts *before, const struct counts *after, long n_lanes)
{
	return after->descriptors > before->descriptors + n_lanes * LANE_DESCRIPTORS ||
	       after->mounts > before->mounts ||
	       after->cgroups > before->cgroups + n_lanes * LANE_GROUPS ||
	       after->memory_kib > before->memory_kib + MEMORY_SLACK_KIB;
}

/* 0 when nothing grew, after time for the kernel's workers. Processes of others come and go: shown, not judged. */
static int counts_compare(struct bench_engine *engine, const struct counts *before, long n_lanes)
{
	struct counts after = counts_take(engine);

	for (int waited = 0; grew(before, &after, n_lanes) && waited < SETTLE_MSEC; waited += 100) {
		(void)poll(NULL, 0, 100);
		after = counts_take(engine);
	}
	(void)printf("  %-12s %8s %8s\n", "", "before", "after");
	(void)printf("  %-12s %8ld %8ld\n", "descriptors", before->descriptors, after.descriptors);
	(void)printf("  %-12s %8ld %8ld\n", "processes", before->processes, after.processes);
	(void)printf("  %-12s %8ld %8ld\n", "mounts", before->mounts, after.mounts);
	(void)printf("  %-12s %8ld %8ld\n", "cgroups", before->cgroups, after.cgroups);
	(void)printf("  %-12s %8ld %8ld KiB\n", "memory", before->memory_kib, after.memory_kib);
	return grew(before, &after, n_lanes) ? 1 : 0;
}

/* Cases of submissions that have many, one submission at a time. */
enum { CASES = 0 };

static void sandboxes_run(struct bench_engine *engine, unsigned long n, unsigned at_once)
{
	if (at_once != CASES) {
		bench_engine_run(engine, n, at_once);
		return;
	}
	for (unsigned long i = 0; i < n; i += BENCH_CASES)
		(void)bench_engine_case_ns(engine);
}

static int soak(const char *build, unsigned long n, unsigned at_once)
{
	static char *argv[] = {(char *)"/usr/bin/true", NULL};
	struct bench_engine *engine = bench_engine_new(build, MAX(at_once, 1U), argv, true);
	struct counts before;
	int r;

	sandboxes_run(engine, WARM_UP, at_once);
	bench_engine_settle(engine);
	(void)poll(NULL, 0, 1000);
	before = counts_take(engine);
	if (at_once == CASES)
		(void)printf("%lu sandboxes, cases of submissions with %d each\n", n, BENCH_CASES);
	else
		(void)printf("%lu sandboxes, %u at a time\n", n, at_once);
	for (int i = 1; i <= REPORTS; i++) {
		sandboxes_run(engine, n / REPORTS, at_once);
		(void)fprintf(stderr, "\r  %d%%", i * 100 / REPORTS);
	}
	(void)fprintf(stderr, "\r      \r");
	r = counts_compare(engine, &before, (long)MAX(at_once, 1U) * LANES_OF_A_SLOT);
	bench_engine_free(engine);
	return r;
}

int main(int argc, char **argv)
{
	unsigned long n;
	int r;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: bench-soak BUILD SANDBOXES\n");
		return 2;
	}
	n = strtoul(argv[2], NULL, 10);
	r = soak(argv[1], n, 1);
	r |= soak(argv[1], n, 8);
	r |= soak(argv[1], n, CASES);
	(void)printf("%s\n", r == 0 ? "nothing grew" : "something grew");
	return r;
}
