/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The numbers of a trace file, version 1. docs/trace-format.md describes the file; these stand in it and never change. */

#include <stdint.h>

#include "lib/contract/event.h"

/* Not text, so that no editor or mailer mends it. */
#define TRACE_MAGIC                 \
	{                           \
		0x89, 'A', 'S', 'Y' \
	}

enum {
	TRACE_VERSION = 1,
	TRACE_HASH_BYTES = 32,	 /* BLAKE2b-256 */
	TRACE_HASH_HEX = 65,	 /* its text, with a NUL */
	TRACE_HEADER_BYTES = 64, /* of every frame */
	TRACE_SEAL_BYTES = 96,	 /* Ed25519: public key, signature */
	TRACE_EVENTS_MAX = 2048, /* in a chunk: its columns fit a core's second-level cache */
	TRACE_REFS_MAX = TRACE_EVENTS_MAX * EVENT_TEXT_MAX,
	TRACE_TEXT_TOTAL = 128 * 1024, /* bytes of texts after which a writer closes a chunk */
	TRACE_RAW_MAX =
		1024 * 1024, /* of a frame's payload; a full chunk of the longest integers has half */
	TRACE_STORED_MAX = TRACE_RAW_MAX + 64 * 1024, /* what does not compress grows a little */
	TRACE_CALLS_MAX = 512,			      /* call numbers that can have a name */
	TRACE_CALL_NAME_BYTES = 32,
	TRACE_STEP_NAME_BYTES = 256, /* with a NUL; longer ones are cut */
	TRACE_STEPS_MAX = 16384,     /* a problem has at most 10,000 cases, and one step compiles */
};

enum trace_frame_type {
	TRACE_FRAME_START = 1,	 /* record: what was run, where, under which rules */
	TRACE_FRAME_EVENTS = 2,	 /* a chunk, compressed */
	TRACE_FRAME_STEP = 3,	 /* record: what a step came to */
	TRACE_FRAME_RECEIPT = 4, /* record: what all came to */
	TRACE_FRAME_SEAL = 5,	 /* the node's signature of all before it */
	TRACE_FRAME_TYPE_MAX
};

enum { TRACE_FLAG_ZSTD = 1 << 0 }; /* of a frame */

/* The columns of a chunk, in the order of the file. */
enum trace_column {
	TRACE_KIND = 0,
	TRACE_SEQ,
	TRACE_TS,
	TRACE_THREAD,
	TRACE_NR,
	TRACE_FLAGS,
	TRACE_ARG0,
	TRACE_RET = TRACE_ARG0 + EVENT_ARGS,
	TRACE_GAS,
	TRACE_TEXTS,
	TRACE_COLUMNS
};
