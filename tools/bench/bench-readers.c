/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every reader of traces takes, from a trace of any size: events a second of CPU time, and the most memory that it had at once, which must
 * not grow with the trace. The readers are the installed program, run to the end with /dev/null for what they write, one after
 * the other; the two traces are imitated, written beforehand and removed when all is done.
 *
 *   bench-readers BUILD MB      MB of trace (10^6 bytes, twice that on the disk) below TMPDIR or /tmp
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/trace/test-stream.h"
#include "lib/trace/writer.h"
#include "tools/bench/bench-engine.h"

enum {
	BYTES_A_FILE =
		47, /* that the imitated program reads, about; less is measured than asked for, never more */
	ARGUMENTS = 8,
	MORE = 8, /* files that the second run reads besides */
};

struct sink {
	struct trace_writer *writer;
	uint32_t step;
	uint64_t n;
};

static char directory[4096];
static const char *const leftovers[] = {"a.assay", "b.assay", "learned.yaml",
					"seccomp/learned.yaml"};

static void clean(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		(void)unlink(leftovers[i]);
	(void)rmdir("seccomp");
	(void)rmdir(directory);
}

static _Noreturn void fail(const char *what)
{
	clean();
	bench_fail(what, NULL);
}

static int emit(void *context, const struct event *event)
{
	struct sink *sink = context;

	sink->n++;
	return trace_writer_event(sink->writer, sink->step, event);
}

/* What the readers want to know of a run. */
static int describe(struct trace_record *start, struct trace_record *step)
{
	int r = trace_record_set(start, "policy", "native");

	if (r == 0)
		r = trace_record_set(start, "level", "syscalls");
	if (r == 0)
		r = trace_record_set(step, "verdict", "AC");
	if (r == 0)
		r = trace_record_set_number(step, "gas.used", 1);
	return r;
}

static struct trace_summary write_trace(const char *path, uint64_t host, uint64_t files)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	_cleanup_trace_record_ struct trace_record start = {0}, step = {0}, receipt = {0};
	struct trace_summary summary;
	struct sink sink = {0};
	struct stream stream;

	if (fd < 0 || describe(&start, &step) < 0 ||
	    trace_writer_new(fd, &start, &sink.writer, NULL) < 0 ||
	    trace_writer_step_begin(sink.writer, "bench", &sink.step) < 0)
		fail(path);
	stream_begin(&stream, 1, host, emit, &sink);
	if (stream_run(&stream, (unsigned int)files) < 0 ||
	    trace_writer_step_end(sink.writer, sink.step, &step) < 0 ||
	    trace_writer_finish(sink.writer, &receipt, NULL, &summary) < 0)
		fail(path);
	(void)trace_writer_free(sink.writer);
	return summary;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static _Noreturn void execute(const char *program, const char *verb)
{
	char words[64], *argv[ARGUMENTS + 1] = {words}, *rest = words;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)snprintf(words, sizeof(words), "%s", verb);
	for (unsigned int i = 0; i < ARGUMENTS && rest; i++)
		argv[i] = strsep(&rest, " ");
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	(void)execv(program, argv);
	_exit(127);
}

/* Runs a reader to its end. `n` is how many events it has to look at; 1 is what traces that are unsealed, or differ, make of an exit status. */
static void measure(const char *program, const char *verb, uint64_t n)
{
	struct rusage usage = {0};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		execute(program, verb);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1)
		fail(verb);
	double time = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	(void)printf("%-40s %8.2f %10.2f %10.1f\n", verb, (double)n / time / 1e6, time,
		     (double)usage.ru_maxrss / 1024);
	(void)fflush(stdout);
}

static void measure_all(const char *program, uint64_t n)
{
	static const char *const verbs[] = {
		"assay trace verify a.assay",
		"assay trace stat a.assay",
		"assay trace show a.assay",
		"assay trace show --json a.assay",
		"assay trace show --call wait4 a.assay",
		"assay trace flame a.assay",
		"assay trace plot a.assay",
		"assay trace export --format chrome a.assay",
		"assay trace export --format otlp a.assay",
		"assay gas explain a.assay",
		"assay policy learn a.assay",
	};

	(void)printf("%-40s %8s %10s %10s\n", "reader", "M ev/s", "CPU s", "peak MiB");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		measure(program, verbs[i], n);
	measure(program, "assay trace diff a.assay b.assay", 2 * n);
}

int main(int argc, char **argv)
{
	uint64_t mb = argc > 2 ? strtoull(argv[2], NULL, 10) : 0,
		 files = mb * 1000000 / BYTES_A_FILE;
	char program[4096], *build = argc > 1 ? realpath(argv[1], NULL) : NULL;
	struct trace_summary summary;
	struct statvfs room;

	if (!build || mb < 1 || files > UINT32_MAX - MORE)
		bench_fail("usage: bench-readers BUILD MB", NULL);
	(void)snprintf(program, sizeof(program), "%s/bin/assay", build);
	free(build);
	(void)snprintf(directory, sizeof(directory), "%s/assay-bench-XXXXXX",
		       getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) < 0)
		bench_fail(directory, NULL);
	if (statvfs(".", &room) < 0 || (uint64_t)room.f_bavail * room.f_frsize < 3 * mb * 1000000)
		fail("three times that much room is needed");
	summary = write_trace("a.assay", 1, files);
	(void)write_trace("b.assay", 2, files + MORE);
	(void)printf("%.1f MB, %llu events\n", (double)summary.bytes / 1e6,
		     (unsigned long long)summary.events);
	measure_all(program, summary.events);
	clean();
	return 0;
}
