/* SPDX-License-Identifier: Apache-2.0 */
/* A trace comes back as it was written, and a write that fails is the last. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include <msgpack.h>

#include "lib/trace/chunk-fill.h"
#include "lib/trace/test-made.h"

struct comparison {
	struct trace_reader *reader;
	uint64_t n;
};

static struct trace_item next_event(struct trace_reader *reader)
{
	struct trace_item item;

	do {
		assert_int_equal(trace_reader_next(reader, &item, NULL), 1);
	} while (item.kind != TRACE_ITEM_EVENT);
	return item;
}

/* The stream is made once more, and each event of it must be what the reader gives. */
static int compare(void *context, const struct event *event)
{
	struct comparison *comparison = context;
	struct trace_item item = next_event(comparison->reader);
	unsigned int n_args = item.call ? item.call->n_args : EVENT_ARGS;

	assert_int_equal(item.event->kind, event->kind);
	assert_int_equal(item.event->seq, event->seq);
	assert_int_equal(item.event->ts_ns, event->ts_ns);
	assert_int_equal(item.event->pid, event->pid);
	assert_int_equal(item.event->flags, event->flags);
	assert_int_equal(item.event->nr, event->nr);
	assert_int_equal(item.event->ret, event->ret);
	assert_int_equal(item.event->gas_after, event->gas_after);
	assert_string_equal(item.event->comm, event->comm);
	for (unsigned int i = 0; i < EVENT_ARGS; i++)
		assert_int_equal(item.event->args[i], i < n_args ? event->args[i] : 0);
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++) {
		assert_int_equal(item.event->text[i].size, event->text[i].size);
		if (event->text[i].data)
			assert_memory_equal(item.event->text[i].data, event->text[i].data,
					    event->text[i].size);
	}
	comparison->n++;
	return 0;
}

static void events_come_back(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(7, 1, 3000, node_key, &summary);
	_cleanup_trace_reader_ struct trace_reader *reader = NULL;
	struct comparison comparison = {0};
	struct trace_item item;
	struct stream stream;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_reader_new(fd, &reader, NULL), 0);
	comparison.reader = reader;
	stream_begin(&stream, 7, 1, compare, &comparison);
	(void)stream_run(&stream, 1);
	stream_begin(&stream, 8, 1, compare, &comparison);
	(void)stream_run(&stream, 3000);
	assert_int_equal(comparison.n, summary.events);
	assert_true(summary.events > (uint64_t)8 * TRACE_EVENTS_MAX);
	assert_int_equal(trace_reader_next(reader, &item, NULL), 1);
	assert_int_equal(item.kind, TRACE_ITEM_STEP);
	assert_string_equal(trace_record_text(item.record, "name"), "secret/1");
	assert_int_equal(trace_reader_next(reader, &item, NULL), 1);
	assert_int_equal(item.kind, TRACE_ITEM_RECEIPT);
	assert_string_equal(trace_record_text(item.record, "verdict"), "AC");
	assert_int_equal(trace_reader_next(reader, &item, NULL), 1);
	assert_int_equal(item.kind, TRACE_ITEM_SEAL);
	assert_int_equal(trace_reader_next(reader, &item, NULL), 0);
	assert_int_equal(trace_reader_state(reader), TRACE_SEALED);
	assert_string_equal(trace_record_text(trace_reader_start(reader), "kernel"), "6.1");
	print_message("# %.2f bytes an event\n", (double)summary.bytes / (double)summary.events);
}

static int emit_one(struct trace_writer *writer, uint32_t step, struct event event, uint64_t *seq)
{
	event.seq = (*seq)++;
	event.pid = event.tid = 5;
	return trace_writer_event(writer, step, &event);
}

/* The ends of every range, and more of everything than a chunk has room for. */
static void extremes_come_back(void **state)
{
	_cleanup_close_ int fd = memfd_create("extremes", MFD_CLOEXEC);
	_cleanup_trace_reader_ struct trace_reader *reader = NULL;
	struct trace_writer *writer = begin(fd);
	static char text[EVENT_TEXT_BYTES + 1];
	struct event event = {.kind = EVENT_SYSCALL,
			      .nr = INT32_MAX,
			      .ret = INT64_MIN,
			      .flags = UINT16_MAX,
			      .gas_after = UINT64_MAX,
			      .ts_ns = UINT64_MAX,
			      .args = {UINT64_MAX, 1, INT64_MAX, 0, UINT64_MAX, 5},
			      .comm = "fifteen bytes!!"};
	uint64_t seq = 0;
	uint32_t step;

	assert_int_equal(trace_writer_step_begin(writer, "", &step), 0);
	for (unsigned int i = 0; i < 100; i++) {
		for (unsigned int t = 0; t < EVENT_TEXT_MAX; t++)
			event.text[t] = (struct event_bytes){text, sizeof(text) - i};
		memset(text, (int)i, sizeof(text));
		event.ret = i % 2 ? INT64_MAX : INT64_MIN;
		assert_int_equal(emit_one(writer, step, event, &seq), 0);
	}
	assert_int_equal(emit_one(writer, step, (struct event){.kind = 0, .nr = -1}, &seq), -EINVAL);
	assert_int_equal(emit_one(writer, step, (struct event){.kind = 64, .nr = -1}, &seq),
			 -EINVAL);
	assert_int_equal(emit_one(writer, step, (struct event){.kind = 2, .nr = -2}, &seq), -EINVAL);
	assert_int_equal(emit_one(writer, step + 1, event, &seq), -EINVAL);
	(void)finish(writer, NULL);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_reader_new(fd, &reader, NULL), 0);
	for (unsigned int i = 0; i < 100; i++) {
		struct trace_item item = next_event(reader);

		assert_int_equal(item.event->nr, INT32_MAX);
		assert_true(item.event->ret == (i % 2 ? INT64_MAX : INT64_MIN));
		assert_true(item.event->args[0] == UINT64_MAX && item.event->args[2] == INT64_MAX);
		assert_true(item.event->gas_after == UINT64_MAX && item.event->ts_ns == UINT64_MAX);
		assert_string_equal(item.event->comm, "fifteen bytes!!");
		assert_int_equal(item.event->text[5].size,
				 MIN((size_t)EVENT_TEXT_BYTES, sizeof(text) - i));
		assert_int_equal(item.event->text[5].data[0], i);
		assert_null(item.call);
	}
}

static void steps_run_side_by_side(void **state)
{
	_cleanup_close_ int fd = memfd_create("steps", MFD_CLOEXEC);
	struct trace_writer *writer = begin(fd);
	struct event event = {.kind = EVENT_SYSCALL, .nr = 1, .pid = 9, .tid = 9, .comm = "x"};
	struct trace_check check;
	uint32_t steps[3];

	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(trace_writer_step_begin(writer, "case", &steps[i]), 0);
	for (event.seq = 0; event.seq < 5000; event.seq++)
		for (unsigned int i = 0; i < 3; i++)
			assert_int_equal(trace_writer_event(writer, steps[i], &event), 0);
	event.kind = EVENT_END;
	event.nr = -1;
	event.args[0] = event.args[1] = event.seq;
	for (unsigned int i = 3; i-- > 0;) {
		_cleanup_trace_record_ struct trace_record facts = {0};

		assert_int_equal(trace_writer_event(writer, steps[i], &event), 0);
		if (i != 1)
			assert_int_equal(trace_writer_step_end(writer, steps[i], &facts), 0);
	}
	(void)finish(writer, node_key);
	assert_int_equal(verify_fd(fd, &check, NULL), TRACE_VALID);
	assert_int_equal(check.steps, 3);
	assert_int_equal(check.events, 3 * 5001);
}

/* Writes until a write fails; what is there is a prefix, and nothing follows the part of a frame. */
static void a_failed_write_is_the_last(void **state)
{
	enum { ROOM = 20000 };
	char path[] = "/tmp/assay-test-full-XXXXXX";
	_cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);
	struct rlimit before, small = {.rlim_cur = ROOM};
	struct trace_writer *writer = begin(fd);
	struct stream stream;
	struct sink sink = {.writer = writer};
	struct trace_check check;
	struct fault fault = {0};

	assert_int_equal(unlink(path), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(trace_writer_step_begin(writer, "case", &sink.step), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	stream_begin(&stream, 1, 1, emit, &sink);
	assert_int_equal(stream_run(&stream, 3000), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(trace_writer_flush(writer), -EFBIG);
	assert_int_equal(trace_writer_step_end(writer, sink.step, &(struct trace_record){0}),
			 -EFBIG);
	assert_int_equal(trace_writer_finish(writer, &(struct trace_record){0}, node_key,
					     &(struct trace_summary){0}),
			 -EFBIG);
	(void)trace_writer_free(writer);
	assert_int_equal(lseek(fd, 0, SEEK_END), ROOM);
	assert_int_equal(verify_fd(fd, &check, &fault), TRACE_INCOMPLETE);
	assert_true(check.events > 0 && check.bytes + check.rest == ROOM && check.rest > 0);
}

/* Facts of names that are alike, as a bill's are. */
static void records_are_compressed(void **state)
{
	enum { FACTS = 60 };
	_cleanup_close_ int fd = memfd_create("facts", MFD_CLOEXEC);
	struct trace_writer *writer = begin(fd);
	_cleanup_trace_record_ struct trace_record facts = {0};
	_cleanup_trace_reader_ struct trace_reader *reader = NULL;
	struct trace_frame frame;
	struct trace_item item;
	size_t size, at[64];
	uint64_t number;
	uint32_t step;
	char key[32];

	for (uint64_t i = 0; i < FACTS; i++) {
		(void)snprintf(key, sizeof(key), "gas.class-%lu.count", (unsigned long)i);
		assert_int_equal(trace_record_set_number(&facts, key, i * i * i), 0);
	}
	assert_int_equal(trace_writer_step_begin(writer, "case", &step), 0);
	assert_int_equal(trace_writer_step_end(writer, step, &facts), 0);
	(void)finish(writer, NULL);
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size);
	assert_int_equal(frames_of(data, size, at), 3);
	assert_null(trace_frame_parse(data + at[1], &frame));
	assert_int_equal(frame.flags, TRACE_FLAG_ZSTD);
	assert_true(frame.stored < frame.raw / 2);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_reader_new(fd, &reader, NULL), 0);
	assert_int_equal(trace_reader_next(reader, &item, NULL), 1);
	assert_int_equal(item.kind, TRACE_ITEM_STEP);
	for (uint64_t i = 0; i < FACTS; i++) {
		(void)snprintf(key, sizeof(key), "gas.class-%lu.count", (unsigned long)i);
		assert_int_equal(trace_record_number(item.record, key, &number), 0);
		assert_int_equal(number, i * i * i);
	}
}

static void equal_runs_have_equal_digests(void **state)
{
	struct trace_summary first, again, other;

	(void)fd_close(make(3, 1, 200, NULL, &first));
	for (uint64_t host = 2; host < 12; host++) {
		(void)fd_close(make(3, host, 200, NULL, &again));
		assert_string_equal(first.canonical_digest, again.canonical_digest);
		assert_string_not_equal(first.digest, again.digest);
	}
	(void)fd_close(make(4, 1, 200, NULL, &other));
	assert_string_not_equal(first.canonical_digest, other.canonical_digest);
}

static void number_is_the_packers(int64_t value)
{
	uint8_t laid[CHUNK_NUMBER_BYTES];
	size_t size = (size_t)(chunk_lay_number(laid, value) - laid);
	msgpack_sbuffer buffer;
	msgpack_packer packer;

	msgpack_sbuffer_init(&buffer);
	msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
	assert_int_equal(msgpack_pack_int64(&packer, value), 0);
	assert_int_equal(size, buffer.size);
	assert_memory_equal(laid, buffer.data, size);
	msgpack_sbuffer_destroy(&buffer);
}

/* Around each power of two, on both sides of 0. */
static void numbers_are_laid_as_the_packer_does(void **state)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		for (uint64_t near = 0; near < 5; near++) {
			uint64_t value = (UINT64_C(1) << bit) + near - 2;

			number_is_the_packers((int64_t)value);
			number_is_the_packers((int64_t)-value);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_laid_as_the_packer_does),
		cmocka_unit_test(events_come_back),
		cmocka_unit_test(extremes_come_back),
		cmocka_unit_test(steps_run_side_by_side),
		cmocka_unit_test(a_failed_write_is_the_last),
		cmocka_unit_test(records_are_compressed),
		cmocka_unit_test(equal_runs_have_equal_digests),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
