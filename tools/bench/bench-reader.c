/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast events are taken from the kernel's rings: put in order, decoded, and (in the second column) written into a trace: packed, compressed,
 * chained, digested. A program in a sandbox's group makes calls and ends; then its events lie in the ring, and the CPU time of emptying it is
 * what is measured, by one thread. The best of some rounds: noise only adds.
 *
 *   getppid()     events that are a head
 *   read()        with all arguments and the object behind a descriptor
 *   a mix         openat, fstat, three times read, write, close: what programs do with files; the openat has texts
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/base/clock.h"
#include "lib/contract/limits.h"
#include "lib/trace/writer.h"
#include "supervisor/probe/probe.h"
#include "tools/bench/group.h"

enum { ROUNDS = 12, EVENTS = 60000, RING_BYTES = 32 << 20, BATCH = 4096 };

struct sink {
	struct trace_writer *writer; /* NULL: events are counted */
	uint32_t step;
	uint64_t n;
};

static struct bench_group group;

/* --- the program in the group --- */

static void getppid_make(int fd _unused_)
{
	for (int i = 0; i < EVENTS; i++)
		(void)syscall(SYS_getppid);
}

static void read_make(int fd)
{
	char buffer[16];

	for (int i = 0; i < EVENTS; i++)
		(void)!read(fd, buffer, sizeof(buffer));
}

static void mix_make(int null _unused_)
{
	char buffer[16] = "";
	struct stat st;

	for (int i = 0; i < EVENTS; i += 7) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)fstat(fd, &st);
		for (int j = 0; j < 3; j++)
			(void)!read(fd, buffer, sizeof(buffer));
		(void)!write(fd, buffer, sizeof(buffer));
		(void)close(fd);
	}
}

static const struct kind {
	const char *name;
	void (*make)(int fd);
} kinds[] = {{"getppid()", getppid_make}, {"read()", read_make}, {"a mix", mix_make}};

static int inner_main(const char *kind)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	kinds[strtoul(kind, NULL, 10) % ARRAY_SIZE(kinds)].make(fd);
	return fd_close(fd) < 0 ? 0 : 1;
}

/* --- the reader --- */

static void on_event(void *userdata, const struct event *event)
{
	struct sink *sink = userdata;

	sink->n++;
	if (sink->writer != NULL && trace_writer_event(sink->writer, sink->step, event) < 0)
		bench_fail("trace", NULL);
}

static void sink_open(struct sink *sink, int fd)
{
	_cleanup_trace_record_ struct trace_record start = {0};
	struct fault fault = {0};

	if (trace_record_set(&start, "kernel", "bench") < 0 ||
	    trace_writer_new(fd, &start, &sink->writer, &fault) < 0 ||
	    trace_writer_step_begin(sink->writer, "bench", &sink->step) < 0)
		bench_fail("trace", &fault);
}

static void program_run(size_t kind)
{
	char number[8];
	const char *const argv[] = {"/proc/self/exe", "--inner", number, NULL};
	int status;

	(void)snprintf(number, sizeof(number), "%zu", kind);
	if (waitpid(bench_group_run(&group, argv), &status, 0) < 0 || status != 0)
		bench_fail("the program in the group", NULL);
}

/* Empties the rings. Returns ns of CPU time an event. */
static double drain(struct probe *probe, const struct sink *sink)
{
	uint64_t start = clock_now_ns(CLOCK_THREAD_CPUTIME_ID), before = sink->n;

	while (probe_poll(probe, BATCH) > 0)
		;
	if (sink->writer != NULL && trace_writer_flush(sink->writer) < 0)
		bench_fail("trace", NULL);
	if (sink->n - before < EVENTS)
		bench_fail("events are missing", NULL);
	return (double)(clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / (double)(sink->n - before);
}

static double measure(struct probe *probe, size_t kind, bool encoded)
{
	_cleanup_close_ int fd = memfd_create("bench-reader", MFD_CLOEXEC);
	struct sink sink = {0};
	const struct probe_spec spec = {
		.group_fd = group.fd,
		.gas_limit = LIMIT_NONE,
		.level = TRACE_LEVEL_SYSCALLS,
		.on_loss = TRACE_LOSS_DROP,
		.callbacks = {.event = on_event},
		.userdata = &sink,
	};
	struct probe_report report;
	struct probe_step *step;
	struct fault fault = {0};
	double ns;

	if (encoded)
		sink_open(&sink, fd);
	if (probe_begin(probe, &spec, &step, &fault) < 0)
		bench_fail("probe_begin", &fault);
	program_run(kind);
	ns = drain(probe, &sink);
	if (probe_end(step, &report) < 0 || report.lost > 0)
		bench_fail("events were lost", NULL);
	sink.writer = trace_writer_free(sink.writer);
	return ns;
}

static void kind_measure(struct probe *probe, size_t kind)
{
	double read_ns = 1e9, written_ns = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		read_ns = MIN(read_ns, measure(probe, kind, false));
		written_ns = MIN(written_ns, measure(probe, kind, true));
	}
	(void)printf("%-12s %7.2f M events/s %7.1f ns %7.2f M events/s %7.1f ns\n",
		     kinds[kind].name, 1e3 / read_ns, read_ns, 1e3 / written_ns, written_ns);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	struct probe_options options = {.n_sandboxes = 1, .ring_bytes = RING_BYTES};
	struct probe *probe;
	struct fault fault = {0};

	if (argc > 2 && strcmp(argv[1], "--inner") == 0)
		return inner_main(argv[2]);
	group = bench_group_make();
	options.group_fd = group.fd;
	if (probe_open(&options, &probe, &fault) < 0)
		bench_fail("probe_open", &fault);
	(void)printf("%-12s %29s %29s\n", "one thread", "ordered and decoded", "and written");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		kind_measure(probe, i);
	(void)probe_close(probe);
	bench_group_remove(&group);
	return 0;
}
