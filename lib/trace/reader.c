/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A trace comes from a node that may be lying, over a disk or a wire that may be broken. So nothing of it is believed before
 * it has been compared: sizes with fixed limits before memory is reserved, the place of a frame in the chain before its
 * payload is read, the size after decompression with what the header says, counts with arrays.
 *
 * Memory: the largest frame (1.1 MiB), its payload (1 MiB), the chunk (0.7 MiB). A frame is read whole; a file that
 * ends within one is at its end, and the part that is there stays in the buffer in case that more follows.
 */

#include "lib/trace/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>
#include <zstd.h>

#include "lib/trace/chunk-parse.h"
#include "lib/trace/frame.h"

struct trace_reader {
	int fd, error;
	struct fault fault;
	struct trace_record start, record; /* record: of the frame that was read last */
	uint64_t offset, chunk_bytes;	   /* chunk_bytes: of the chunks before it, with headers */
	uint32_t index;
	uint8_t previous[TRACE_HASH_BYTES];
	enum trace_state state;
	uint8_t seal[TRACE_SEAL_BYTES];
	size_t have; /* bytes in `frame` */
	uint8_t *frame, *raw;
	ZSTD_DCtx *zstd;
	struct trace_chunk chunk;
	struct chunk_cursor cursor;
	struct trace_call calls[TRACE_CALLS_MAX];
	struct event event;
};

struct trace_reader *trace_reader_free(struct trace_reader *reader)
{
	if (reader) {
		trace_record_clear(&reader->start);
		trace_record_clear(&reader->record);
		(void)ZSTD_freeDCtx(reader->zstd);
		free(reader->frame);
		free(reader->raw);
		free(reader);
	}
	return NULL;
}

/* `wrong` says what is wrong with the frame at the present offset. */
static int refuse(struct trace_reader *reader, const char *what, const char *wrong)
{
	return reader->error =
		       fault_say(&reader->fault, -EBADMSG, "trace", "at byte %llu: the %s %s",
				 (unsigned long long)reader->offset, what, wrong);
}

/* Reads on until `wanted` bytes of the frame are there. 1; 0 when the file ends before; or -errno. */
static int fetch(struct trace_reader *reader, size_t wanted)
{
	while (reader->have < wanted) {
		ssize_t n = read(reader->fd, reader->frame + reader->have, wanted - reader->have);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return reader->error = fault_set(&reader->fault, -errno, "trace",
							 "at byte %llu: cannot read",
							 (unsigned long long)reader->offset);
		reader->have += (size_t)n;
	}
	return 1;
}

/* Whether a frame of this type can stand here. */
static const char *check_order(const struct trace_reader *reader, unsigned int type)
{
	if ((reader->index == 0) != (type == TRACE_FRAME_START))
		return reader->index == 0 ? "is not a trace's first" :
					    "begins a trace within another";
	if (reader->state == TRACE_SEALED)
		return "follows the seal";
	if ((reader->state == TRACE_CLOSED) != (type == TRACE_FRAME_SEAL))
		return type == TRACE_FRAME_SEAL ? "seals no receipt" : "follows the receipt";
	return NULL;
}

static const char *check_chain(const struct trace_reader *reader, const struct trace_frame *frame)
{
	if (frame->index != reader->index)
		return "is not the next: frames are missing, doubled or in another order";
	if (frame->offset != reader->offset)
		return "was written for another place in the file";
	if (memcmp(frame->previous, reader->previous, TRACE_HASH_BYTES) != 0)
		return "does not fit the one before it: one of them was changed, or belongs to another trace";
	return check_order(reader, frame->type);
}

static const char *decompress(struct trace_reader *reader, const struct trace_frame *frame)
{
	const uint8_t *payload = reader->frame + TRACE_HEADER_BYTES;

	if (ZSTD_findFrameCompressedSize(payload, frame->stored) != frame->stored ||
	    ZSTD_getFrameContentSize(payload, frame->stored) != frame->raw)
		return "is not compressed as it says";
	if (ZSTD_decompressDCtx(reader->zstd, reader->raw, frame->raw, payload, frame->stored) !=
	    frame->raw)
		return "cannot be decompressed";
	return NULL;
}

static int take_chunk(struct trace_reader *reader, const struct trace_frame *frame)
{
	const char *wrong = decompress(reader, frame);

	if (!wrong)
		wrong = chunk_parse(reader->raw, frame->raw, frame->events, &reader->chunk,
				    reader->calls);
	reader->cursor = (struct chunk_cursor){0};
	return wrong ? refuse(reader, "chunk", wrong) : 0;
}

static int take_record(struct trace_reader *reader, const struct trace_frame *frame,
		       struct trace_record *record)
{
	const uint8_t *payload = reader->frame + TRACE_HEADER_BYTES;

	trace_record_clear(record);
	if (frame->flags & TRACE_FLAG_ZSTD) {
		const char *wrong = decompress(reader, frame);

		if (wrong)
			return refuse(reader, "record", wrong);
		payload = reader->raw;
	}
	int r = trace_record_parse(payload, frame->raw, record);

	if (r == -EBADMSG)
		return refuse(reader, "record", "is no map of facts in order");
	return r < 0 ? reader->error =
			       fault_set(&reader->fault, r, "trace", "cannot hold a record") :
		       0;
}

static int take_payload(struct trace_reader *reader, const struct trace_frame *frame)
{
	switch (frame->type) {
	case TRACE_FRAME_EVENTS:
		return take_chunk(reader, frame);
	case TRACE_FRAME_START:
		return take_record(reader, frame, &reader->start);
	case TRACE_FRAME_SEAL:
		memcpy(reader->seal, reader->frame + TRACE_HEADER_BYTES, TRACE_SEAL_BYTES);
		reader->state = TRACE_SEALED;
		return 0;
	case TRACE_FRAME_RECEIPT:
		reader->state = TRACE_CLOSED;
		return take_record(reader, frame, &reader->record);
	default:
		return take_record(reader, frame, &reader->record);
	}
}

/* The next whole frame: 1 with its type; 0 when it is not all there; or -errno. */
static int next_frame(struct trace_reader *reader, struct trace_frame *ret_frame)
{
	int r = fetch(reader, TRACE_HEADER_BYTES);

	if (r <= 0)
		return r;
	if (reader->index == 0 && !trace_frame_has_magic(reader->frame))
		return refuse(
			reader, "file",
			"does not begin as a trace does: it is none, or its beginning is missing");
	const char *wrong = trace_frame_parse(reader->frame, ret_frame);
	if (!wrong)
		wrong = check_chain(reader, ret_frame);
	if (wrong)
		return refuse(reader, "frame", wrong);
	r = fetch(reader, TRACE_HEADER_BYTES + (size_t)ret_frame->stored);
	if (r <= 0)
		return r;
	r = take_payload(reader, ret_frame);
	if (r < 0)
		return r;
	/* The seal is of the hash before it. */
	if (ret_frame->type != TRACE_FRAME_SEAL)
		trace_frame_hash(reader->frame, reader->frame + TRACE_HEADER_BYTES,
				 ret_frame->stored, reader->previous);
	if (ret_frame->type == TRACE_FRAME_EVENTS)
		reader->chunk_bytes += TRACE_HEADER_BYTES + ret_frame->stored;
	reader->index++;
	reader->offset += TRACE_HEADER_BYTES + ret_frame->stored;
	reader->have = 0;
	return 1;
}

int trace_reader_new(int fd, struct trace_reader **ret_reader, struct fault *fault)
{
	_cleanup_trace_reader_ struct trace_reader *reader = new0(struct trace_reader, 1);
	struct trace_frame frame;

	if (!reader)
		return fault_set(fault, -ENOMEM, "trace", "cannot read a trace");
	reader->fd = fd;
	reader->frame = malloc(TRACE_HEADER_BYTES + TRACE_STORED_MAX);
	reader->raw = malloc(TRACE_RAW_MAX);
	reader->zstd = ZSTD_createDCtx();
	if (!reader->frame || !reader->raw || !reader->zstd || sodium_init() < 0)
		return fault_set(fault, -ENOMEM, "trace", "cannot read a trace");
	int r = next_frame(reader, &frame);
	if (r == 0)
		return fault_say(fault, -ENODATA, "trace",
				 "at byte 0: the file ends before the trace's start record does");
	if (r < 0) {
		if (fault)
			*fault = reader->fault;
		return r;
	}
	*ret_reader = TAKE_PTR(reader);
	return 0;
}

const struct trace_record *trace_reader_start(const struct trace_reader *reader)
{
	return &reader->start;
}

static int next_event(struct trace_reader *reader, struct trace_item *ret_item)
{
	const struct event *event = &reader->event;
	const char *wrong = chunk_next(&reader->chunk, &reader->cursor, &reader->event);

	if (wrong) {
		reader->cursor.event = reader->chunk.n = 0;
		return refuse(reader, "chunk before it", wrong);
	}
	*ret_item = (struct trace_item){.kind = TRACE_ITEM_EVENT,
					.step = reader->chunk.step,
					.step_name = reader->chunk.step_name,
					.event = event};
	if (event->nr >= 0 && event->nr < TRACE_CALLS_MAX && !(event->flags & EVENT_COMPAT) &&
	    reader->calls[event->nr].name[0])
		ret_item->call = &reader->calls[event->nr];
	return 1;
}

/* The item that a frame other than a chunk is. */
static int record_item(struct trace_reader *reader, unsigned int type, struct trace_item *ret_item)
{
	uint64_t step = 0;

	*ret_item = (struct trace_item){.kind = type == TRACE_FRAME_SEAL    ? TRACE_ITEM_SEAL :
						type == TRACE_FRAME_RECEIPT ? TRACE_ITEM_RECEIPT :
									      TRACE_ITEM_STEP,
					.record = &reader->record};
	if (type == TRACE_FRAME_SEAL)
		ret_item->record = NULL;
	if (type == TRACE_FRAME_STEP &&
	    (trace_record_number(&reader->record, "step", &step) < 0 || step >= TRACE_STEPS_MAX))
		return refuse(reader, "record before it", "does not say which step it is of");
	ret_item->step = (uint32_t)step;
	return 1;
}

int trace_reader_next(struct trace_reader *reader, struct trace_item *ret_item, struct fault *fault)
{
	struct trace_frame frame = {0};
	int r = reader->error;

	if (r == 0 && reader->cursor.event < reader->chunk.n) {
		r = next_event(reader, ret_item);
	} else if (r == 0) {
		r = next_frame(reader, &frame);
		if (r == 1)
			r = frame.type == TRACE_FRAME_EVENTS ?
				    next_event(reader, ret_item) :
				    record_item(reader, frame.type, ret_item);
	}
	if (r < 0 && fault)
		*fault = reader->fault;
	return r;
}

enum trace_state trace_reader_state(const struct trace_reader *reader)
{
	return reader->state;
}

uint64_t trace_reader_offset(const struct trace_reader *reader)
{
	return reader->offset;
}

uint64_t trace_reader_chunk_bytes(const struct trace_reader *reader)
{
	return reader->chunk_bytes;
}

uint64_t trace_reader_rest(const struct trace_reader *reader)
{
	return reader->have;
}

const uint8_t *trace_reader_hash(const struct trace_reader *reader)
{
	return reader->previous;
}

const uint8_t *trace_reader_seal(const struct trace_reader *reader)
{
	return reader->state == TRACE_SEALED ? reader->seal : NULL;
}
