/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sealed trace of every system call adds to a whole run: from the submission to the result, for a program that gcc compiles
 * and that is run then, for python3 and for node. Three pairs each:
 *
 *   engine      one that is there already; off: it makes no events, on: it does, and the trace is written and sealed
 *   assay run   a process each time, without and with --trace
 *   strace -f   the same programs without a sandbox, bare and under strace -f -o /dev/null
 *
 * On a busy machine a run waits for CPUs most of the time, which hides what a trace adds: CPU time, of the program, of what runs it and of
 * what traces it together, stands beside.
 *
 * Programs that are attached cost the whole host something, so engines alternate in short blocks; the others alternate run by run.
 *
 *   bench-traced BUILD [ROUNDS [LANGUAGE]]
 */

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
#include "lib/base/fd.h"
#include "lib/trace/key.h"
#include "lib/trace/writer.h"
#include "supervisor/engine/engine.h"
#include "tools/bench/bench-engine.h"

enum { BLOCK = 5, ROUNDS_MAX = 1000, RING_BYTES = 4 << 20, PATH_BYTES = 4096 };

static const struct language {
	const char *name, *policy, *file, *text, *bare;
} languages[] = {
	{"gcc", "c", "main.c",
	 "#include <stdio.h>\nint main(void)\n{\n\tputs(\"done\");\n\treturn 0;\n}\n",
	 "gcc -std=gnu17 -O2 -pipe -Wall -o program main.c -lm && ./program"},
	{"python3", "python", "main.py", "import json\nprint(json.dumps(sorted([3, 1, 2])))\n",
	 "exec /usr/bin/python3 -B main.py"},
	{"node", "javascript", "main.js", "console.log([3, 1, 2].sort().join());\n",
	 "exec /usr/bin/node main.js"},
};

struct samples {
	uint64_t ns[ROUNDS_MAX], cpu_ns[ROUNDS_MAX];
	size_t n;
};

static struct {
	char dir[64], policies[PATH_BYTES], libexec[PATH_BYTES], assay[PATH_BYTES];
	const struct language *language;
	struct policy_dirs dirs;
	unsigned long rounds;
	struct trace_writer *writer; /* of the run under way; NULL: it is not traced */
	int index, fd;
	uint32_t step;
	uint64_t steps_cpu_ns; /* of the run under way */
	bool done;
} bench;

/* --- an engine --- */

static void on_event(void *userdata _unused_, int index, const struct event *event)
{
	if (bench.index != index &&
	    trace_writer_step_begin(bench.writer, index < 0 ? "compile" : "1", &bench.step) < 0)
		bench_fail("trace", NULL);
	bench.index = index;
	if (trace_writer_event(bench.writer, bench.step, event) < 0)
		bench_fail("trace", NULL);
}

static void on_step_done(void *userdata _unused_, int index _unused_, const char *name _unused_,
			 const struct step_result *step)
{
	_cleanup_trace_record_ struct trace_record facts = {0};

	bench.steps_cpu_ns += step->cpu_time_ns;
	if (bench.writer != NULL && trace_writer_step_end(bench.writer, bench.step, &facts) < 0)
		bench_fail("trace", NULL);
}

static void trace_begin(void)
{
	_cleanup_trace_record_ struct trace_record start = {0};
	char path[128];
	struct fault fault = {0};

	(void)snprintf(path, sizeof(path), "%s/trace", bench.dir);
	(void)unlink(path);
	bench.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bench.index = -2;
	if (bench.fd < 0 || trace_record_set(&start, "kernel", "bench") < 0 ||
	    trace_writer_new(bench.fd, &start, &bench.writer, &fault) < 0)
		bench_fail("trace", &fault);
}

static void trace_end(void)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	_cleanup_trace_key_ struct trace_key *key = NULL;
	struct trace_summary summary;
	char keys[128];
	struct fault fault = {0};

	(void)snprintf(keys, sizeof(keys), "%s/keys", bench.dir);
	if (trace_key_open(keys, &key, &fault) < 0)
		bench_fail("key", &fault);
	if (trace_writer_finish(bench.writer, &facts, key, &summary) < 0 || summary.lost > 0)
		bench_fail("seal", NULL);
}

/* After the result, as assay run does it. */
static void trace_sync(void)
{
	if (trace_writer_sync(bench.writer) < 0)
		bench_fail("sync", NULL);
	bench.writer = trace_writer_free(bench.writer);
	bench.fd = fd_close(bench.fd);
}

static void on_job_done(void *userdata _unused_, const struct run_result *result)
{
	if (result->verdict != VERDICT_AC)
		bench_fail(result->message, NULL);
	if (bench.writer != NULL)
		trace_end();
	bench.done = true;
}

static void job_run(struct loop *loop, struct engine *engine, const struct policy *policy,
		    bool traced)
{
	static const struct engine_callbacks off = {.step_done = on_step_done,
						    .job_done = on_job_done};
	static const struct engine_callbacks on = {
		.step_done = on_step_done, .job_done = on_job_done, .event = on_event};
	struct submission_file file = {
		.name = (char *)bench.language->file,
		.fd = fd_sealed_memfd("source", bench.language->text, strlen(bench.language->text)),
		.size = strlen(bench.language->text),
	};
	struct test_case test = {.name = (char *)"1", .input_fd = -EBADF, .answer_fd = -EBADF};
	struct submission submission = {.files = &file,
					.n_files = 1,
					.tests = &test,
					.n_tests = 1,
					.trace_level = traced ? TRACE_LEVEL_SYSCALLS :
								TRACE_LEVEL_COUNTERS};
	struct engine_job *job;

	bench.done = false;
	if (engine_submit(engine, policy, &submission, traced ? &on : &off, NULL, &job) < 0)
		bench_fail("engine_submit", NULL);
	if (traced)
		trace_begin();
	while (!bench.done)
		if (loop_turn(loop, UINT64_MAX) < 0)
			bench_fail("loop_turn", NULL);
	(void)fd_close(file.fd);
}

/* The first runs of an engine pay for what the others find. */
static void block_run(const struct policy *policy, bool traced, struct samples *samples)
{
	const struct engine_options options = {
		.n_slots = 1,
		.libexec_dir = bench.libexec,
		.policy_dirs = &bench.dirs,
		.metering = true,
		.trace_ring_bytes = traced ? RING_BYTES : 0,
		.realtime = true,
	};
	struct engine *engine;
	struct fault fault = {0};
	struct loop *loop;

	if (loop_new(&loop) < 0 || engine_new(loop, &options, &engine, &fault) < 0)
		bench_fail("engine", &fault);
	for (int i = -2; i < BLOCK && samples->n < bench.rounds; i++) {
		uint64_t start = clock_now_ns(CLOCK_MONOTONIC);
		uint64_t cpu = clock_now_ns(CLOCK_PROCESS_CPUTIME_ID);

		bench.steps_cpu_ns = 0;
		job_run(loop, engine, policy, traced);
		samples->cpu_ns[samples->n] =
			clock_now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu + bench.steps_cpu_ns;
		samples->ns[samples->n] = clock_now_ns(CLOCK_MONOTONIC) - start;
		samples->n += i >= 0;
		if (traced)
			trace_sync();
	}
	(void)engine_free(engine);
	(void)loop_free(loop);
}

/* --- processes --- */

/* What the last command had to say. */
static void log_show(void)
{
	char text[4096];
	_cleanup_close_ int fd = open("log", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : fd_read_full(fd, text, sizeof(text));

	if (n > 0)
		(void)fwrite(text, 1, (size_t)n, stderr);
}

static void spawn_once(char *const *argv, struct samples *samples)
{
	uint64_t start = clock_now_ns(CLOCK_MONOTONIC);
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status;
	pid_t pid;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 2, "log", O_WRONLY | O_CREAT | O_TRUNC,
					       0600);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		bench_fail(argv[0], NULL);
	(void)posix_spawn_file_actions_destroy(&actions);
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	if (status != 0) {
		log_show();
		bench_fail(argv[0], NULL);
	}
	samples->cpu_ns[samples->n] =
		(uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
		(uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NSEC_PER_USEC;
	samples->ns[samples->n++] = clock_now_ns(CLOCK_MONOTONIC) - start;
}

static void assay_run(bool traced, struct samples *samples)
{
	char trace[128], keys[128], file[128];
	char *const argv[] = {bench.assay, (char *)"run",
			      file,	   traced ? (char *)"--trace" : NULL,
			      trace,	   (char *)"--key-dir",
			      keys,	   NULL};

	(void)snprintf(trace, sizeof(trace), "%s/trace", bench.dir);
	(void)snprintf(keys, sizeof(keys), "%s/keys", bench.dir);
	(void)snprintf(file, sizeof(file), "%s/%s", bench.dir, bench.language->file);
	(void)unlink(trace);
	spawn_once(argv, samples);
}

static void bare_run(bool traced, struct samples *samples)
{
	const char *argv[] = {
		"strace", "-f", "-o", "/dev/null", "/bin/sh", "-c", bench.language->bare, NULL};

	spawn_once((char *const *)(argv + (traced ? 0 : 4)), samples);
}

/* --- the table --- */

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void pair_print(uint64_t *off, uint64_t *on, size_t n, unsigned percent)
{
	size_t at = n * percent / 100;
	double before, after;

	qsort(off, n, sizeof(*off), compare_u64);
	qsort(on, n, sizeof(*on), compare_u64);
	before = (double)off[at] / 1e6;
	after = (double)on[at] / 1e6;
	(void)printf(" | %8.2f %8.2f %6.3f", before, after, after / before);
}

static void row_print(const char *what, struct samples *off, struct samples *on)
{
	(void)printf("%-8s %-9s", bench.language->name, what);
	pair_print(off->ns, on->ns, on->n, 50);
	pair_print(off->ns, on->ns, on->n, 99);
	pair_print(off->cpu_ns, on->cpu_ns, on->n, 50);
	(void)putchar('\n');
	(void)fflush(stdout);
	off->n = on->n = 0;
}

static void file_make(void)
{
	char path[128];
	_cleanup_close_ int fd = -EBADF;

	(void)snprintf(path, sizeof(path), "%s/%s", bench.dir, bench.language->file);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || fd_write_all(fd, bench.language->text, strlen(bench.language->text)) < 0)
		bench_fail(path, NULL);
}

static void language_measure(void)
{
	static struct samples off, on;
	_cleanup_policy_ struct policy *policy = NULL;
	struct fault fault = {0};

	if (policy_load(&bench.dirs, bench.language->policy, &policy, &fault) < 0)
		bench_fail("policy", &fault);
	while (on.n < bench.rounds) {
		block_run(policy, false, &off);
		block_run(policy, true, &on);
	}
	row_print("engine", &off, &on);
	file_make();
	for (unsigned long i = 0; i < bench.rounds; i++) {
		assay_run(false, &off);
		assay_run(true, &on);
	}
	row_print("assay run", &off, &on);
	for (unsigned long i = 0; i < bench.rounds; i++) {
		bare_run(false, &off);
		bare_run(true, &on);
	}
	row_print("strace -f", &off, &on);
}

/* The build's own, as absolute paths: everything runs in a directory of its own. */
static void directories_make(const char *build)
{
	_cleanup_free_ char *top = realpath(build, NULL);

	(void)snprintf(bench.dir, sizeof(bench.dir), "/tmp/assay-bench-XXXXXX");
	if (top == NULL || mkdtemp(bench.dir) == NULL || chdir(bench.dir) < 0)
		bench_fail("directories", NULL);
	(void)snprintf(bench.policies, PATH_BYTES, "%s/share/assay/policies", top);
	(void)snprintf(bench.libexec, PATH_BYTES, "%s/libexec/assay", top);
	(void)snprintf(bench.assay, PATH_BYTES, "%s/bin/assay", top);
	bench.dirs.vendor = bench.policies;
}

static void directory_remove(void)
{
	static const char *const files[] = {"main.c", "main.py", "main.js",	  "program",
					    "log",    "trace",	 "keys/node.key", "keys/node.pub"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlink(files[i]);
	(void)rmdir("keys");
	if (chdir("/") < 0 || rmdir(bench.dir) < 0)
		(void)fprintf(stderr, "bench: %s is left\n", bench.dir);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "usage: bench-traced BUILD [ROUNDS [LANGUAGE]]\n");
		return 2;
	}
	bench.rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
	bench.rounds = MAX(2UL, MIN(bench.rounds, (unsigned long)ROUNDS_MAX));
	directories_make(argv[1]);
	(void)printf("%-18s | %-24s | %-24s | %s\n", "whole runs, ms", "wall p50: off, on, ratio",
		     "wall p99", "CPU p50");
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		bench.language = &languages[i];
		if (argc < 4 || strcmp(argv[3], bench.language->name) == 0)
			language_measure();
	}
	directory_remove();
	return 0;
}
