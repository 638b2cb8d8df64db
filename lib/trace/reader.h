/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads a trace from a file or a pipe, one event at a time, in memory that does not depend on its size. Every frame is
 * checked as it is read: its place in the chain, its sizes, all its values. What a trace says is what its writer said; whether
 * that is whole and by whom is verify.h's business.
 */

#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"
#include "lib/trace/chunk.h"
#include "lib/trace/record.h"

struct trace_reader;

enum trace_item_kind {
	TRACE_ITEM_EVENT,
	TRACE_ITEM_STEP,    /* record: a step is over */
	TRACE_ITEM_RECEIPT, /* record */
	TRACE_ITEM_SEAL,
};

/* Lent until the next call of trace_reader_next(). */
struct trace_item {
	enum trace_item_kind kind;
	uint32_t step;		       /* of an event or a step's record */
	const char *step_name;	       /* of an event */
	const struct event *event;     /* NULL unless it is one */
	const struct trace_call *call; /* what the event's call is; NULL when the trace does not say */
	const struct trace_record *record; /* NULL unless it is one */
};

/* How far the trace goes that was read to its end. */
enum trace_state {
	TRACE_CUT,    /* no receipt: it was cut, or is still being written */
	TRACE_CLOSED, /* a receipt, and no seal */
	TRACE_SEALED, /* both */
};

/*
 * Reads the start of the trace behind `fd` (lent as long as the reader lives). 0; or -errno with a sentence: -EBADMSG
 * when it is no trace, -ENODATA when the start is not all there.
 */
int trace_reader_new(int fd, struct trace_reader **ret_reader, struct fault *fault);

/* Returns NULL; `reader` may be NULL. */
struct trace_reader *trace_reader_free(struct trace_reader *reader);

static inline void trace_reader_free_ptr(struct trace_reader **reader)
{
	(void)trace_reader_free(*reader);
}

#define _cleanup_trace_reader_ _cleanup_(trace_reader_free_ptr)

/* The start record; belongs to the reader. */
const struct trace_record *trace_reader_start(const struct trace_reader *reader);

/*
 * The next item: 1; 0 at the end of what is there, which trace_reader_state() tells more of, and where a later call goes on when
 * the file has grown; or -EBADMSG, or another -errno, with a sentence that has the byte offset. After an error every call returns it.
 */
int trace_reader_next(struct trace_reader *reader, struct trace_item *ret_item, struct fault *fault);

enum trace_state trace_reader_state(const struct trace_reader *reader);

/* Bytes up to the end of the last whole frame, and how many bytes of another one follow it. */
uint64_t trace_reader_offset(const struct trace_reader *reader);
uint64_t trace_reader_rest(const struct trace_reader *reader);

/* Of what was read: bytes of chunks with their headers. The rest of trace_reader_offset() does not grow with the events. */
uint64_t trace_reader_chunk_bytes(const struct trace_reader *reader);

/* Hash of the last whole frame but a seal, and the seal's payload (NULL when there is none). Lent. */
const uint8_t *trace_reader_hash(const struct trace_reader *reader);
const uint8_t *trace_reader_seal(const struct trace_reader *reader);
