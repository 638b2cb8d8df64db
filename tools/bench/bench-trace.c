/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trace costs: events a second that are written (packed, compressed, chained, digested, sealed), read, and verified, and bytes an
 * event. Times are CPU times of one thread, so a busy machine does not count; making the events is measured alone and
 * taken off. Text after `#` names what was measured.
 *
 *   bench-trace [FILES]      files that the imitated program reads; about 10 events each
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/trace/test-stream.h"
#include "lib/trace/verify.h"
#include "lib/trace/writer.h"
#include "tools/bench/bench-engine.h"

struct sink {
	struct trace_writer *writer;
	uint32_t step;
	uint64_t n;
};

static uint64_t cpu_ns(void)
{
	return clock_now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static int emit_nothing(void *context, const struct event *event)
{
	(void)event;
	((struct sink *)context)->n++;
	return 0;
}

static int emit(void *context, const struct event *event)
{
	struct sink *sink = context;

	sink->n++;
	return trace_writer_event(sink->writer, sink->step, event);
}

static void say(const char *what, uint64_t events, uint64_t ns)
{
	(void)printf("%-8s %6.2f M events/s  %6.1f ns/event\n", what,
		     (double)events * 1e3 / (double)ns, (double)ns / (double)events);
}

static uint64_t measure_stream(unsigned int files)
{
	struct sink sink = {0};
	struct stream stream;
	uint64_t start = cpu_ns();

	stream_begin(&stream, 1, 1, emit_nothing, &sink);
	(void)stream_run(&stream, files);
	return cpu_ns() - start;
}

static void write_trace(int fd, unsigned int files)
{
	_cleanup_trace_record_ struct trace_record start = {0}, step = {0}, receipt = {0};
	uint64_t making = measure_stream(files), begun = cpu_ns();
	struct trace_summary summary;
	struct sink sink = {0};
	struct stream stream;
	struct fault fault;

	if (trace_record_set(&start, "kernel", "bench") < 0 ||
	    trace_writer_new(fd, &start, &sink.writer, &fault) < 0 ||
	    trace_writer_step_begin(sink.writer, "bench", &sink.step) < 0)
		bench_fail("trace", NULL);
	stream_begin(&stream, 1, 1, emit, &sink);
	if (stream_run(&stream, files) < 0 ||
	    trace_writer_step_end(sink.writer, sink.step, &step) < 0 ||
	    trace_writer_finish(sink.writer, &receipt, NULL, &summary) < 0)
		bench_fail("trace", NULL);
	say("write", sink.n, cpu_ns() - begun - making);
	(void)printf("%-8s %6.2f bytes/event  %.1f MB, %llu events\n", "size",
		     (double)summary.bytes / (double)sink.n, (double)summary.bytes / 1e6,
		     (unsigned long long)sink.n);
	(void)trace_writer_free(sink.writer);
}

static void read_trace(int fd)
{
	_cleanup_trace_reader_ struct trace_reader *reader = NULL;
	uint64_t begun = cpu_ns(), n = 0;
	struct trace_item item;
	struct fault fault;

	(void)lseek(fd, 0, SEEK_SET);
	if (trace_reader_new(fd, &reader, &fault) < 0)
		bench_fail("read", &fault);
	while (trace_reader_next(reader, &item, &fault) == 1)
		n += item.kind == TRACE_ITEM_EVENT;
	say("read", n, cpu_ns() - begun);
}

static void verify_trace(int fd)
{
	struct trace_check check;
	struct fault fault;
	uint64_t begun = cpu_ns();

	(void)lseek(fd, 0, SEEK_SET);
	if (trace_verify(fd, NULL, &check, &fault) < 0 || check.validity == TRACE_INVALID)
		bench_fail("verify", &fault);
	say("verify", check.events, cpu_ns() - begun);
}

int main(int argc, char **argv)
{
	unsigned int files = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 200000;
	_cleanup_close_ int fd = memfd_create("bench-trace", MFD_CLOEXEC);

	if (fd < 0)
		bench_fail("memfd", NULL);
	write_trace(fd, files);
	read_trace(fd);
	verify_trace(fd);
	return 0;
}
