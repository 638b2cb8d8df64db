/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Writes a trace of an imitated run (lib/trace/test-stream.h), for tests of the command line and for the golden traces: what is in it is
 * known, and no kernel has to support tracing.
 *
 *   stream-trace FILE [seed=N] [host=N] [files=N] [keys=DIR] [extra=CALL] [hostile=1] [unfinished=1] [pause=MS]
 *
 * seed: what the program does. host: what is by chance (times, process numbers, addresses). keys: seals with the key there.
 * extra: one more call, by name. hostile: names with what terminals act on. unfinished: no receipt. pause: before each step.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/contract/limits.h"
#include "lib/contract/syscall.h"
#include "lib/trace/test-stream.h"
#include "lib/trace/writer.h"

#define TOOL "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

struct request {
	const char *file, *keys, *extra;
	uint64_t seed, host, pause_ms;
	unsigned int files;
	bool hostile, unfinished;
};

struct sink {
	struct trace_writer *writer;
	uint32_t step;
	const struct request *request;
	uint64_t more; /* events put in before the last two */
};

static _Noreturn void fail(const char *what, int error)
{
	(void)fprintf(stderr, "stream-trace: %s: %s\n", what, strerror(-error));
	exit(1);
}

static void check(int r, const char *what)
{
	if (r < 0)
		fail(what, r);
}

static int write_extra(struct sink *sink, const struct event *at)
{
	struct event event = {.kind = EVENT_SYSCALL,
			      .nr = syscall_number(sink->request->extra),
			      .args = {2, 1},
			      .ret = 5,
			      .seq = at->seq,
			      .ts_ns = at->ts_ns,
			      .pid = at->pid,
			      .tid = at->tid};

	memcpy(event.comm, at->comm, sizeof(event.comm));
	sink->more++;
	return trace_writer_event(sink->writer, sink->step, &event);
}

static int emit(void *context, const struct event *given)
{
	static const char bad_path[] = "/tmp/\x1b]0;title\x07\xe2\x80\xae\xff\n\x7fnext";
	struct sink *sink = context;
	struct event event = *given;

	if (sink->request->extra && given->kind == EVENT_EXIT &&
	    given->pid == 2 + sink->request->host % 1000)
		check(write_extra(sink, given), "event");
	event.seq += sink->more;
	if (event.kind == EVENT_END) {
		event.args[0] += sink->more;
		event.args[1] += sink->more;
	}
	if (sink->request->hostile) {
		memcpy(event.comm, "\x1b[31mred\x9b", 10);
		if (event.text[EVENT_TEXT_PATH].data)
			event.text[EVENT_TEXT_PATH] =
				(struct event_bytes){bad_path, sizeof(bad_path) - 1};
	}
	return trace_writer_event(sink->writer, sink->step, &event);
}

/* A price list, and what a run of this many calls would have been charged by it. */
static void set_gas(struct trace_record *facts, uint64_t calls)
{
	static const struct gas_schedule schedule = {
		.id = "test",
		.version = 1,
		.hash = "0000000000000000000000000000000000000000000000000000000000000000",
		.classes = {{"file", 100, GAS_EXTRA_BYTES}, {"memory", 50, GAS_EXTRA_PAGES}},
		.n_classes = 2,
		.bytes_price = 1,
		.bytes_unit = 64,
		.fork_price = 5000,
	};
	struct gas_account account = {.limit = LIMIT_NONE};

	account.count[0] = calls;
	account.gas[0] = calls * 100;
	account.count[1] = 12;
	account.gas[1] = 600;
	account.count[GAS_ITEM_BYTES] = 64 * calls;
	account.gas[GAS_ITEM_BYTES] = calls;
	account.used = account.gas[0] + account.gas[1] + account.gas[GAS_ITEM_BYTES];
	check(trace_record_set_account(facts, &schedule, &account), "gas");
}

static void write_step(struct trace_writer *writer, const struct request *request, const char *name,
		       uint64_t seed)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	struct sink sink = {.writer = writer, .request = request};
	const struct timespec pause = {.tv_sec = (time_t)(request->pause_ms / 1000),
				       .tv_nsec = (long)(request->pause_ms % 1000) * 1000000L};
	struct stream stream;

	(void)nanosleep(&pause, NULL);
	check(trace_writer_step_begin(writer, name, &sink.step), "step");
	stream_begin(&stream, seed, request->host, emit, &sink);
	check(stream_run(&stream, request->files), "event");
	check(trace_record_set(&facts, "verdict", "AC"), "record");
	set_gas(&facts, stream.seq);
	check(trace_writer_step_end(writer, sink.step, &facts), "step");
}

static void set_start(struct trace_record *start)
{
	check(trace_record_set(start, "id", "00000000-0000-4000-8000-000000000000"), "record");
	check(trace_record_set(start, "policy", "native"), "record");
	check(trace_record_set(start, "kernel", "6.1.0"), "record");
	check(trace_record_set(start, "node", "node-1"), "record");
	check(trace_record_set_number(start, "time.start_ns", 1000000000), "record");
	check(trace_record_set(start, "tool./usr/bin/gcc", TOOL), "record");
	check(trace_record_set_number(start, "program.on_exec", 42), "record");
	check(trace_record_set(start, "program.on_exec.tag", "0123456789abcdef"), "record");
}

static void write_trace(int fd, const struct request *request)
{
	_cleanup_trace_record_ struct trace_record start = {0}, facts = {0};
	_cleanup_trace_writer_ struct trace_writer *writer = NULL;
	_cleanup_trace_key_ struct trace_key *key = NULL;
	struct trace_summary summary;
	struct fault fault = {0};

	set_start(&start);
	if (request->keys)
		check(trace_key_open(request->keys, &key, &fault), fault.text);
	check(trace_writer_new(fd, &start, &writer, &fault), fault.text);
	write_step(writer, request, request->hostile ? "case \x1b[2J" : "compile", request->seed);
	check(trace_writer_flush(writer), "flush");
	write_step(writer, request, "secret/1", request->seed + 1);
	if (request->unfinished)
		return;
	check(trace_record_set(&facts, "verdict", "AC"), "record");
	check(trace_writer_finish(writer, &facts, key, &summary), "finish");
	(void)printf("%llu %s %s\n", (unsigned long long)summary.events, summary.digest,
		     summary.canonical_digest);
}

/* One word KEY=VALUE. */
static void read_word(char *word, struct request *request)
{
	char *value = strchr(word, '=');

	if (!value)
		fail(word, -EINVAL);
	*value++ = '\0';
	uint64_t number = strtoull(value, NULL, 10);
	if (strcmp(word, "seed") == 0)
		request->seed = number;
	else if (strcmp(word, "host") == 0)
		request->host = number;
	else if (strcmp(word, "files") == 0)
		request->files = (unsigned int)number;
	else if (strcmp(word, "pause") == 0)
		request->pause_ms = number;
	else if (strcmp(word, "keys") == 0)
		request->keys = value;
	else if (strcmp(word, "extra") == 0)
		request->extra = value;
	else if (strcmp(word, "hostile") == 0)
		request->hostile = number;
	else if (strcmp(word, "unfinished") == 0)
		request->unfinished = number;
	else
		fail(word, -EINVAL);
}

int main(int argc, char **argv)
{
	struct request request = {.seed = 1, .host = 1, .files = 10};
	_cleanup_close_ int fd = -EBADF;

	if (argc < 2)
		fail("usage: stream-trace FILE [KEY=VALUE]...", -EINVAL);
	request.file = argv[1];
	for (int i = 2; i < argc; i++)
		read_word(argv[i], &request);
	fd = open(request.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		fail(request.file, -errno);
	write_trace(fd, &request);
	return 0;
}
