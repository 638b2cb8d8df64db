/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Events come one by one from rings that must be emptied fast, and have to become a file that cannot be changed unseen and can be
 * read as far as it got whenever the machine stops. So each step collects a chunk; a full one is packed, compressed
 * and appended as one frame in one write, with the hash of the frame before. Nothing that was written is touched again.
 *
 * The counts and the canonical digest run along, since what the receipt says must come from the events that were written.
 */

#include "lib/trace/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>
#include <zstd.h>

#include "lib/base/fd.h"
#include "lib/trace/canonical.h"
#include "lib/trace/chunk-fill.h"
#include "lib/trace/counts.h"
#include "lib/trace/frame.h"

enum {
	LEVEL = 1
}; /* of zstd: 3 is 3 % smaller and takes a tenth more of the writer's time; higher ones gain as little and cost several times that */

/* One step; `fill` is NULL when it is over. */
struct step {
	struct chunk_fill *fill;
	struct trace_canonical *canonical;
	struct trace_counts counts;
	char name[TRACE_STEP_NAME_BYTES];
};

struct trace_writer {
	int fd, error; /* error: -errno of the first write that failed */
	struct step *steps;
	uint8_t *digests; /* canonical ones, TRACE_HASH_BYTES a step */
	uint32_t n_steps, n_allocated;
	bool no_canonical;
	struct trace_call calls[TRACE_CALLS_MAX];
	struct chunk_calls said;
	uint32_t index;
	uint64_t offset, events, lost;
	uint8_t previous[TRACE_HASH_BYTES];
	ZSTD_CCtx *zstd;
	size_t buffer_size;
	uint8_t *buffer; /* header and payload of the frame that is being made */
};

static void step_clear(struct step *step)
{
	step->fill = chunk_fill_free(step->fill);
	step->canonical = trace_canonical_free(step->canonical);
}

struct trace_writer *trace_writer_free(struct trace_writer *writer)
{
	if (writer) {
		for (uint32_t i = 0; i < writer->n_steps; i++)
			step_clear(&writer->steps[i]);
		(void)ZSTD_freeCCtx(writer->zstd);
		free(writer->steps);
		free(writer->digests);
		free(writer->buffer);
		free(writer);
	}
	return NULL;
}

/* --- frames --- */

/* Appends the frame whose payload of `size` bytes stands in the buffer behind the header's place. */
static int append(struct trace_writer *writer, struct trace_frame *frame, size_t size)
{
	frame->index = writer->index;
	frame->offset = writer->offset;
	frame->stored = (uint32_t)size;
	memcpy(frame->previous, writer->previous, TRACE_HASH_BYTES);
	trace_frame_pack(frame, writer->buffer);
	int r = fd_write_all(writer->fd, writer->buffer, TRACE_HEADER_BYTES + size);
	if (r < 0)
		return writer->error = r;
	trace_frame_hash(writer->buffer, writer->buffer + TRACE_HEADER_BYTES, size,
			 writer->previous);
	writer->index++;
	writer->offset += TRACE_HEADER_BYTES + size;
	return 0;
}

static int append_plain(struct trace_writer *writer, enum trace_frame_type type, const void *data,
			size_t size)
{
	struct trace_frame frame = {.type = (uint8_t)type, .raw = (uint32_t)size};

	if (size > TRACE_RAW_MAX)
		return -E2BIG;
	memcpy(writer->buffer + TRACE_HEADER_BYTES, data, size);
	return append(writer, &frame, size);
}

/* Compresses `size` bytes to the payload's place. Returns how many they are there, or -ENOMEM. */
static ssize_t compress(struct trace_writer *writer, const void *data, size_t size)
{
	size = ZSTD_compress2(writer->zstd, writer->buffer + TRACE_HEADER_BYTES,
			      writer->buffer_size - TRACE_HEADER_BYTES, data, size);
	return ZSTD_isError(size) ? -ENOMEM : (ssize_t)size;
}

/* Compressed where that is less: names of facts repeat, but a receipt has few. */
static int append_record(struct trace_writer *writer, enum trace_frame_type type,
			 struct trace_record *record)
{
	struct trace_frame frame = {.type = (uint8_t)type, .flags = TRACE_FLAG_ZSTD};
	_cleanup_free_ void *data = NULL;
	ssize_t stored = -E2BIG;
	size_t size;
	int r = trace_record_pack(record, &data, &size);

	if (r == 0 && size <= TRACE_RAW_MAX)
		stored = compress(writer, data, size);
	if (r < 0 || stored < 0)
		return r < 0 ? r : (int)stored;
	if ((size_t)stored >= size)
		return append_plain(writer, type, data, size);
	frame.raw = (uint32_t)size;
	return append(writer, &frame, (size_t)stored);
}

static int append_chunk(struct trace_writer *writer, struct step *step)
{
	struct trace_frame frame = {.type = TRACE_FRAME_EVENTS,
				    .flags = TRACE_FLAG_ZSTD,
				    .events = chunk_fill_count(step->fill)};
	const void *data;
	size_t size;

	if (frame.events == 0)
		return 0;
	int r = chunk_fill_pack(step->fill, &writer->said, &data, &size);
	if (r < 0)
		return r;
	frame.raw = (uint32_t)size;
	ssize_t stored = compress(writer, data, size);
	return stored < 0 ? (int)stored : append(writer, &frame, (size_t)stored);
}

/* --- the life of a writer --- */

static int prepare(struct trace_writer *writer)
{
	writer->buffer_size = TRACE_HEADER_BYTES + ZSTD_compressBound(TRACE_RAW_MAX);
	writer->buffer = malloc(writer->buffer_size);
	writer->zstd = ZSTD_createCCtx();
	if (!writer->buffer || !writer->zstd || sodium_init() < 0)
		return -ENOMEM;
	(void)ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL);
	(void)ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
	for (int nr = 0; nr < TRACE_CALLS_MAX; nr++)
		(void)chunk_call_of(nr, &writer->calls[nr]);
	return 0;
}

int trace_writer_new(int fd, struct trace_record *start, struct trace_writer **ret_writer,
		     struct fault *fault)
{
	_cleanup_trace_writer_ struct trace_writer *writer = new0(struct trace_writer, 1);

	if (!writer)
		return fault_set(fault, -ENOMEM, "trace", "cannot begin a trace");
	writer->fd = fd;
	int r = prepare(writer);
	if (r == 0)
		r = append_record(writer, TRACE_FRAME_START, start);
	if (r < 0)
		return fault_set(fault, r, "trace", "cannot begin a trace");
	*ret_writer = TAKE_PTR(writer);
	return 0;
}

static int grow(struct trace_writer *writer)
{
	uint32_t n = MAX(writer->n_allocated * 2, UINT32_C(8));
	struct step *steps = reallocarray(writer->steps, n, sizeof(*steps));

	if (!steps)
		return -ENOMEM;
	writer->steps = steps;
	uint8_t *digests = reallocarray(writer->digests, n, TRACE_HASH_BYTES);
	if (!digests)
		return -ENOMEM;
	writer->digests = digests;
	writer->n_allocated = n;
	return 0;
}

int trace_writer_step_begin(struct trace_writer *writer, const char *name, uint32_t *ret_step)
{
	struct step *step;

	if (writer->n_steps == TRACE_STEPS_MAX)
		return -E2BIG;
	if (writer->n_steps == writer->n_allocated && grow(writer) < 0)
		return -ENOMEM;
	step = &writer->steps[writer->n_steps];
	*step = (struct step){0};
	strncpy(step->name, name, sizeof(step->name) - 1);
	if (chunk_fill_new(writer->n_steps, step->name, &step->fill) < 0 ||
	    trace_canonical_new(&step->canonical) < 0) {
		step_clear(step);
		return -ENOMEM;
	}
	*ret_step = writer->n_steps++;
	return 0;
}

static struct step *step_of(const struct trace_writer *writer, uint32_t step)
{
	return step < writer->n_steps && writer->steps[step].fill ? &writer->steps[step] : NULL;
}

int trace_writer_event(struct trace_writer *writer, uint32_t number, const struct event *event)
{
	struct step *step = step_of(writer, number);
	const struct trace_call *call = NULL;
	int r;

	if (writer->error < 0 || !step)
		return writer->error < 0 ? writer->error : -EINVAL;
	if (chunk_fill_is_full(step->fill)) {
		r = append_chunk(writer, step);
		if (r < 0)
			return r;
	}
	r = chunk_fill_event(step->fill, event);
	if (r < 0)
		return r;
	trace_counts_event(&step->counts, event);
	if (event->nr >= 0 && event->nr < TRACE_CALLS_MAX && !(event->flags & EVENT_COMPAT) &&
	    writer->calls[event->nr].name[0])
		call = &writer->calls[event->nr];
	return trace_canonical_event(step->canonical, event, call);
}

int trace_writer_flush(struct trace_writer *writer)
{
	int r = writer->error;

	for (uint32_t i = 0; r == 0 && i < writer->n_steps; i++)
		if (writer->steps[i].fill)
			r = append_chunk(writer, &writer->steps[i]);
	return r;
}

/* The step's record: what the caller says, and what was counted. */
static int append_step(struct trace_writer *writer, uint32_t number, struct trace_record *facts)
{
	struct step *step = &writer->steps[number];
	uint8_t *digest = writer->digests + (size_t)number * TRACE_HASH_BYTES;
	char hex[TRACE_HASH_HEX] = "";
	int r = trace_record_set_number(facts, "step", number);

	if (r == 0)
		r = trace_record_set(facts, "name", step->name);
	if (r == 0)
		r = trace_counts_record(&step->counts, facts);
	if (trace_canonical_finish(step->canonical, digest))
		trace_hex(digest, TRACE_HASH_BYTES, hex);
	else
		writer->no_canonical = true;
	if (r == 0)
		r = trace_record_set(facts, "digest.canonical", hex);
	writer->events += step->counts.events;
	writer->lost += step->counts.lost;
	return r < 0 ? r : append_record(writer, TRACE_FRAME_STEP, facts);
}

int trace_writer_step_end(struct trace_writer *writer, uint32_t number, struct trace_record *facts)
{
	struct step *step = step_of(writer, number);

	if (writer->error < 0 || !step)
		return writer->error < 0 ? writer->error : -EINVAL;
	int r = append_chunk(writer, step);
	if (r == 0)
		r = append_step(writer, number, facts);
	step_clear(step);
	if (r < 0)
		writer->error = r;
	return r;
}

static int end_steps(struct trace_writer *writer)
{
	int r = writer->error;

	for (uint32_t i = 0; r == 0 && i < writer->n_steps; i++) {
		_cleanup_trace_record_ struct trace_record facts = {0};

		if (writer->steps[i].fill)
			r = trace_writer_step_end(writer, i, &facts);
	}
	return r;
}

static int append_receipt(struct trace_writer *writer, struct trace_record *facts,
			  struct trace_summary *summary)
{
	uint8_t digest[TRACE_HASH_BYTES];
	int r = trace_record_set_number(facts, "steps", writer->n_steps);

	if (r == 0)
		r = trace_record_set_number(facts, "events", writer->events);
	if (r == 0)
		r = trace_record_set_number(facts, "lost", writer->lost);
	if (!writer->no_canonical) {
		trace_canonical_total(writer->digests, writer->n_steps, digest);
		trace_hex(digest, sizeof(digest), summary->canonical_digest);
	}
	if (r == 0)
		r = trace_record_set(facts, "digest.canonical", summary->canonical_digest);
	return r < 0 ? r : append_record(writer, TRACE_FRAME_RECEIPT, facts);
}

int trace_writer_finish(struct trace_writer *writer, struct trace_record *facts,
			const struct trace_key *key, struct trace_summary *ret_summary)
{
	struct trace_summary summary = {0};
	uint8_t seal[TRACE_SEAL_BYTES];
	int r = end_steps(writer);

	if (r == 0)
		r = append_receipt(writer, facts, &summary);
	if (r < 0)
		return r;
	trace_hex(writer->previous, TRACE_HASH_BYTES, summary.digest);
	if (key) {
		trace_key_seal(key, writer->previous, seal);
		trace_hex(trace_key_public(key), TRACE_PUBLIC_BYTES, summary.key);
		r = append_plain(writer, TRACE_FRAME_SEAL, seal, sizeof(seal));
	}
	if (r < 0)
		return r;
	summary.events = writer->events;
	summary.lost = writer->lost;
	summary.bytes = writer->offset;
	*ret_summary = summary;
	return 0;
}

int trace_writer_sync(const struct trace_writer *writer)
{
	/* A pipe or a socket has nothing to sync. */
	if (fsync(writer->fd) == 0 || errno == EINVAL || errno == EROFS)
		return 0;
	return -errno;
}
