/* SPDX-License-Identifier: Apache-2.0 */
/* A trace comes back as it was written; whatever is changed in it is found. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <zstd.h>

#include "lib/base/fd.h"
#include "lib/trace/frame.h"
#include "lib/trace/test-stream.h"
#include "lib/trace/verify.h"
#include "lib/trace/writer.h"

/* A key in a directory that is thrown away, and a list that trusts it. */
static struct trace_key *node_key;
static struct trace_trusted trusted;

struct sink {
	struct trace_writer *writer;
	uint32_t step;
};

static int emit(void *context, const struct event *event)
{
	struct sink *sink = context;

	return trace_writer_event(sink->writer, sink->step, event);
}

static void write_step(struct trace_writer *writer, const char *name, uint64_t seed, uint64_t host,
		       unsigned int files)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	struct sink sink = {.writer = writer};
	struct stream stream;

	assert_int_equal(trace_writer_step_begin(writer, name, &sink.step), 0);
	stream_begin(&stream, seed, host, emit, &sink);
	assert_int_equal(stream_run(&stream, files), 0);
	assert_int_equal(trace_record_set(&facts, "verdict", "AC"), 0);
	assert_int_equal(trace_writer_step_end(writer, sink.step, &facts), 0);
}

static struct trace_writer *begin(int fd)
{
	_cleanup_trace_record_ struct trace_record start = {0};
	struct trace_writer *writer = NULL;

	assert_int_equal(trace_record_set(&start, "source.hash", "00ff"), 0);
	assert_int_equal(trace_record_set(&start, "kernel", "6.1"), 0);
	assert_int_equal(trace_record_set_number(&start, "time.start", 1), 0);
	assert_int_equal(trace_writer_new(fd, &start, &writer, NULL), 0);
	return writer;
}

static struct trace_summary finish(struct trace_writer *writer, const struct trace_key *key)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	struct trace_summary summary;

	assert_int_equal(trace_record_set(&facts, "verdict", "AC"), 0);
	assert_int_equal(trace_writer_finish(writer, &facts, key, &summary), 0);
	(void)trace_writer_free(writer);
	return summary;
}

/* A trace of two steps in a memfd, which the caller closes. */
static int make(uint64_t seed, uint64_t host, unsigned int files, const struct trace_key *key,
		struct trace_summary *ret_summary)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct trace_writer *writer = begin(fd);

	write_step(writer, "compile", seed, host, 1);
	write_step(writer, "secret/1", seed + 1, host, files);
	*ret_summary = finish(writer, key);
	return fd;
}

static uint8_t *bytes_of(int fd, size_t *ret_size)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *data = malloc((size_t)size);

	assert_non_null(data);
	assert_int_equal(fd_pread_full(fd, data, (size_t)size, 0), size);
	*ret_size = (size_t)size;
	return data;
}

static enum trace_validity verify_fd(int fd, struct trace_check *check, struct fault *fault)
{
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_verify(fd, &trusted, check, fault), 0);
	return check->validity;
}

static enum trace_validity verify_bytes(const void *data, size_t size, struct fault *fault)
{
	_cleanup_close_ int fd = memfd_create("changed", MFD_CLOEXEC);
	struct trace_check check;

	assert_int_equal(fd_write_all(fd, data, size), 0);
	return verify_fd(fd, &check, fault);
}

/* --- round trip --- */

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

/* --- what a verifier says --- */

static void a_whole_trace_is_valid(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(1, 1, 40, node_key, &summary);
	_cleanup_close_ int unsealed = make(1, 1, 40, NULL, &(struct trace_summary){0});
	struct fault fault = {0};
	struct trace_check check;

	assert_int_equal(verify_fd(fd, &check, &fault), TRACE_VALID);
	assert_int_equal(check.events, summary.events);
	assert_int_equal(check.bytes, summary.bytes);
	assert_string_equal(check.digest, summary.digest);
	assert_string_equal(check.canonical_digest, summary.canonical_digest);
	assert_string_equal(check.key, summary.key);
	assert_int_equal(verify_fd(unsealed, &check, &fault), TRACE_UNSEALED);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_verify(fd, NULL, &check, &fault), 0);
	assert_int_equal(check.validity, TRACE_UNTRUSTED);
}

static void every_flipped_bit_is_found(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(1, 1, 2, node_key, &summary);
	size_t size;
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size);

	print_message("# %zu bits\n", size * 8);
	for (size_t bit = 0; bit < size * 8; bit++) {
		struct fault fault = {0};

		data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		if (verify_bytes(data, size, &fault) == TRACE_VALID || fault.text[0] == '\0')
			fail_msg("bit %zu can be flipped unseen: %s", bit, fault.text);
		data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
	assert_int_equal(verify_bytes(data, size, NULL), TRACE_VALID);
}

/* Reads to the end; how many events there were, and that they end without an error. */
static uint64_t count_events(const uint8_t *data, size_t size, enum trace_state *ret_state,
			     uint64_t *ret_offset)
{
	_cleanup_close_ int fd = memfd_create("cut", MFD_CLOEXEC);
	_cleanup_trace_reader_ struct trace_reader *reader = NULL;
	struct trace_item item;
	uint64_t n = 0;
	int r;

	assert_int_equal(fd_write_all(fd, data, size), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	r = trace_reader_new(fd, &reader, NULL);
	*ret_state = TRACE_CUT;
	*ret_offset = 0;
	if (r == -ENODATA)
		return 0;
	assert_int_equal(r, 0);
	while ((r = trace_reader_next(reader, &item, NULL)) == 1)
		n += item.kind == TRACE_ITEM_EVENT;
	assert_int_equal(r, 0);
	*ret_state = trace_reader_state(reader);
	*ret_offset = trace_reader_offset(reader);
	return n;
}

static void every_cut_leaves_a_prefix(void **state)
{
	struct trace_summary summary;
	_cleanup_close_ int fd = make(1, 1, 40, node_key, &summary);
	size_t size;
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size);
	uint64_t events = 0, offset;

	for (size_t cut = 0; cut < size; cut++) {
		struct fault fault = {0};
		enum trace_state how;
		uint64_t n = count_events(data, cut, &how, &offset);
		enum trace_validity validity = verify_bytes(data, cut, &fault);

		assert_true(n >= events);
		assert_true(offset <= cut);
		assert_int_not_equal(how, TRACE_SEALED);
		assert_true(validity == TRACE_INCOMPLETE || validity == TRACE_UNSEALED);
		if (validity == TRACE_UNSEALED)
			assert_int_equal(cut, size - TRACE_HEADER_BYTES - TRACE_SEAL_BYTES);
		assert_true(fault.text[0] != '\0');
		events = n;
	}
	assert_int_equal(events, summary.events);
}

/* The frames of a file, as offsets; n + 1 of them. */
static size_t frames_of(const uint8_t *data, size_t size, size_t offsets[static 64])
{
	size_t n = 0;

	for (size_t at = 0; at < size; n++) {
		struct trace_frame frame;

		assert_true(n < 63);
		assert_null(trace_frame_parse(data + at, &frame));
		offsets[n] = at;
		at += TRACE_HEADER_BYTES + frame.stored;
	}
	offsets[n] = size;
	return n;
}

/* Puts frames of `data` and, where `from` says so, of `other` together. The result must be refused. */
static void refuse_order(const uint8_t *data, const size_t *offsets, const int *order, size_t n,
			 const uint8_t *other, const size_t *other_offsets)
{
	_cleanup_free_ uint8_t *changed = malloc(1 << 22);
	struct fault fault = {0};
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *from = order[i] >= 100 ? other : data;
		const size_t *at = (order[i] >= 100 ? other_offsets : offsets) + order[i] % 100;

		memcpy(changed + size, from + at[0], at[1] - at[0]);
		size += at[1] - at[0];
	}
	assert_int_equal(verify_bytes(changed, size, &fault), TRACE_INVALID);
	assert_non_null(strstr(fault.text, "byte"));
}

static void frames_in_another_order_are_found(void **state)
{
	_cleanup_close_ int fd = make(1, 1, 1000, node_key, &(struct trace_summary){0});
	_cleanup_close_ int other_fd = make(1, 2, 1000, node_key, &(struct trace_summary){0});
	size_t size, other_size, at[64], other_at[64];
	_cleanup_free_ uint8_t *data = bytes_of(fd, &size), *other = bytes_of(other_fd, &other_size);
	size_t n = frames_of(data, size, at);
	int order[64];

	assert_true(frames_of(other, other_size, other_at) == n && n > 7);
	for (size_t i = 1; i + 1 < n; i++) {
		for (size_t j = 0; j < n; j++)
			order[j] = (int)j;
		order[i] = (int)i + 1; /* swapped with the next */
		order[i + 1] = (int)i;
		refuse_order(data, at, order, n, other, other_at);
		order[i + 1] = (int)i + 1; /* the next twice, this one missing */
		refuse_order(data, at, order, n, other, other_at);
		order[i] = (int)i + 100; /* that of the other trace */
		refuse_order(data, at, order, n, other, other_at);
		for (size_t j = i; j < n; j++) /* one missing */
			order[j] = (int)j + 1;
		refuse_order(data, at, order, n - 1, other, other_at);
		for (size_t j = 0; j <= n; j++) /* one twice */
			order[j] = (int)(j > i ? j - 1 : j);
		refuse_order(data, at, order, n + 1, other, other_at);
	}
	for (size_t j = 0; j < n; j++) /* the head of one, the tail of the other */
		order[j] = (int)(j < n / 2 ? j : j + 100);
	refuse_order(data, at, order, n, other, other_at);
	for (size_t j = 0; j < 2 * n; j++) /* one after the other */
		order[j] = (int)(j < n ? j : j - n);
	refuse_order(data, at, order, 2 * n, other, other_at);
}

/* --- counts that lie --- */

static void refuse_counts(const struct event *events, size_t n, const char *what)
{
	_cleanup_close_ int fd = memfd_create("counts", MFD_CLOEXEC);
	struct trace_writer *writer = begin(fd);
	struct fault fault = {0};
	struct trace_check check;
	uint32_t step;

	assert_int_equal(trace_writer_step_begin(writer, "case", &step), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(trace_writer_event(writer, step, &events[i]), 0);
	(void)finish(writer, node_key);
	assert_int_equal(verify_fd(fd, &check, &fault), what ? TRACE_INVALID : TRACE_VALID);
	if (what)
		assert_non_null(strstr(fault.text, what));
}

#define CALL(number)                                                                \
	{                                                                           \
		.kind = EVENT_SYSCALL, .nr = 1, .seq = (number), .tid = 3, .pid = 3 \
	}
#define GAP(number, missing)                                                                \
	{                                                                                   \
		.kind = EVENT_GAP, .nr = -1, .seq = (number), .tid = 3, .args = { missing } \
	}
#define END(number, received, lost)                                               \
	{                                                                         \
		.kind = EVENT_END, .nr = -1, .seq = (number), .tid = 3, .args = { \
			number,                                                   \
			received,                                                 \
			lost                                                      \
		}                                                                 \
	}

#define SAMPLE(number)                                                                        \
	{                                                                                     \
		.kind = EVENT_SAMPLE, .nr = -1, .seq = (number), .args = { 1 << 20, 1000, 1 } \
	}

static void samples_have_no_number(void **state)
{
	const struct event between[] = {CALL(0), SAMPLE(1), SAMPLE(1),
					CALL(1), SAMPLE(2), END(2, 2, 0)};
	const struct event first[] = {SAMPLE(0), CALL(0), END(1, 1, 0)};
	const struct event gaps[] = {CALL(0),	SAMPLE(1), GAP(1, 5),
				     SAMPLE(6), CALL(6),   END(7, 2, 5)};
	const struct event numbered[] = {CALL(0), SAMPLE(1), CALL(2), END(3, 2, 0)};
	const struct event behind[] = {CALL(0), SAMPLE(0), CALL(1), END(2, 2, 0)};
	const struct event counted[] = {CALL(0), SAMPLE(1), END(1, 2, 0)};
	const struct event late[] = {CALL(0), END(1, 1, 0), SAMPLE(1)};

	refuse_counts(between, ARRAY_SIZE(between), NULL);
	refuse_counts(first, ARRAY_SIZE(first), NULL);
	refuse_counts(gaps, ARRAY_SIZE(gaps), NULL);
	refuse_counts(numbered, ARRAY_SIZE(numbered), "sequence numbers");
	refuse_counts(behind, ARRAY_SIZE(behind), "sequence numbers");
	refuse_counts(counted, ARRAY_SIZE(counted), "counts other events");
	refuse_counts(late, ARRAY_SIZE(late), "after its end");
}

static void loss_is_never_silent(void **state)
{
	const struct event whole[] = {CALL(0), CALL(1), END(2, 2, 0)};
	const struct event gap[] = {CALL(0), GAP(1, 5), CALL(6), END(7, 2, 5)};
	const struct event hole[] = {CALL(0), CALL(2), END(3, 2, 1)};
	const struct event twice[] = {CALL(0), CALL(0), END(1, 2, 0)};
	const struct event more[] = {CALL(0), CALL(1), END(2, 3, 0)};
	const struct event unsaid[] = {CALL(0), GAP(1, 5), CALL(6), END(7, 2, 4)};
	const struct event no_end[] = {CALL(0)};

	refuse_counts(whole, ARRAY_SIZE(whole), NULL);
	refuse_counts(gap, ARRAY_SIZE(gap), NULL);
	refuse_counts(hole, ARRAY_SIZE(hole), "sequence numbers");
	refuse_counts(twice, ARRAY_SIZE(twice), "sequence numbers");
	refuse_counts(more, ARRAY_SIZE(more), "counts other events");
	refuse_counts(unsaid, ARRAY_SIZE(unsaid), "counts other events");
	refuse_counts(no_end, ARRAY_SIZE(no_end), "no end event");
}

static void a_step_of_counters_has_no_events(void **state)
{
	refuse_counts(NULL, 0, NULL);
}

/* --- a disk that is full --- */

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

/* --- hostile frames, chained and sealed as they should be --- */

/* A trace whose one chunk has this payload, stored as it is. */
static int forge(const void *stored, size_t size, uint32_t raw, uint32_t events, uint8_t type,
		 struct fault *fault)
{
	struct trace_summary summary;
	_cleanup_close_ int made = make(1, 1, 1, node_key, &summary);
	_cleanup_close_ int fd = memfd_create("forged", MFD_CLOEXEC);
	size_t made_size, at[64];
	_cleanup_free_ uint8_t *data = bytes_of(made, &made_size);
	struct trace_frame frame = {.type = type,
				    .flags = type == TRACE_FRAME_EVENTS ? TRACE_FLAG_ZSTD : 0,
				    .index = 1,
				    .stored = (uint32_t)size,
				    .raw = raw,
				    .events = events};
	uint8_t header[TRACE_HEADER_BYTES];
	struct trace_check check;

	(void)frames_of(data, made_size, at);
	frame.offset = at[1];
	trace_frame_hash(data, data + TRACE_HEADER_BYTES, at[1] - TRACE_HEADER_BYTES,
			 frame.previous);
	trace_frame_pack(&frame, header);
	assert_int_equal(fd_write_all(fd, data, at[1]), 0);
	assert_int_equal(fd_write_all(fd, header, sizeof(header)), 0);
	assert_int_equal(fd_write_all(fd, stored, size), 0);
	return (int)verify_fd(fd, &check, fault);
}

static int forge_chunk(const void *payload, size_t size, uint32_t raw, uint32_t events,
		       struct fault *fault)
{
	size_t bound = ZSTD_compressBound(size);
	_cleanup_free_ uint8_t *packed = malloc(bound);
	size_t n = ZSTD_compress(packed, bound, payload, size, 1);

	assert_false(ZSTD_isError(n));
	return forge(packed, n, raw, events, TRACE_FRAME_EVENTS, fault);
}

static void bombs_are_refused(void **state)
{
	enum { BOMB = 64 << 20 };
	_cleanup_free_ uint8_t *zeros = calloc(1, BOMB);
	struct fault fault = {0};

	/* As large as it is, as large as is allowed, smaller than it is. */
	assert_int_equal(forge_chunk(zeros, BOMB, BOMB, 1, &fault), TRACE_INVALID);
	assert_non_null(strstr(fault.text, "size that no writer makes"));
	assert_int_equal(forge_chunk(zeros, BOMB, TRACE_RAW_MAX, 1, &fault), TRACE_INVALID);
	assert_non_null(strstr(fault.text, "not compressed as it says"));
	assert_int_equal(forge_chunk(zeros, 1000, 999, 1, &fault), TRACE_INVALID);
	assert_int_equal(forge_chunk(zeros, 1000, 1000, TRACE_EVENTS_MAX + 1, &fault),
			 TRACE_INVALID);
	assert_int_equal(forge("no zstd", 7, 7, 1, TRACE_FRAME_EVENTS, &fault), TRACE_INVALID);
}

static void deep_msgpack_is_refused(void **state)
{
	_cleanup_free_ uint8_t *deep = malloc(TRACE_RAW_MAX);
	struct fault fault = {0};

	for (unsigned int first = 0; first < 2; first++) {
		memset(deep, first ? 0x91 : 0x81, TRACE_RAW_MAX); /* arrays, maps of one */
		assert_int_equal(forge_chunk(deep, TRACE_RAW_MAX, TRACE_RAW_MAX, 1, &fault),
				 TRACE_INVALID);
		assert_int_equal(forge(deep, 4096, 4096, 0, TRACE_FRAME_STEP, &fault),
				 TRACE_INVALID);
		assert_non_null(strstr(fault.text, "at byte"));
	}
	/* A map of 2^32 - 1 facts; one fact twice. */
	assert_int_equal(forge("\xdf\xff\xff\xff\xff", 5, 5, 0, TRACE_FRAME_STEP, &fault),
			 TRACE_INVALID);
	assert_int_equal(forge("\x82\xa1k\x01\xa1k\x02", 7, 7, 0, TRACE_FRAME_STEP, &fault),
			 TRACE_INVALID);
	assert_int_equal(forge("\x81\xa4step\xce\xff\xff\xff\xff", 11, 11, 0, TRACE_FRAME_STEP,
			       &fault),
			 TRACE_INVALID);
}

/* --- canonical digests --- */

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

static int make_keys(void **state)
{
	static char dir[] = "/tmp/assay-test-key-XXXXXX";
	char path[sizeof(dir) + 16];

	if (!mkdtemp(dir) || trace_key_open(dir, &node_key, NULL) < 0 ||
	    trace_trusted_add(&trusted, trace_key_public(node_key)) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/node.key", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/node.pub", dir);
	(void)unlink(path);
	return rmdir(dir);
}

static int drop_keys(void **state)
{
	node_key = trace_key_free(node_key);
	trace_trusted_clear(&trusted);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_back),
		cmocka_unit_test(extremes_come_back),
		cmocka_unit_test(steps_run_side_by_side),
		cmocka_unit_test(a_whole_trace_is_valid),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(every_cut_leaves_a_prefix),
		cmocka_unit_test(frames_in_another_order_are_found),
		cmocka_unit_test(loss_is_never_silent),
		cmocka_unit_test(samples_have_no_number),
		cmocka_unit_test(a_step_of_counters_has_no_events),
		cmocka_unit_test(a_failed_write_is_the_last),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(deep_msgpack_is_refused),
		cmocka_unit_test(equal_runs_have_equal_digests),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
