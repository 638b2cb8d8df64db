/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Frames: the pieces of a trace file, each of which carries the hash of the one before it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/trace/format.h"

struct trace_frame {
	uint8_t type; /* enum trace_frame_type */
	uint16_t flags;
	uint32_t index;	      /* of the frame in the file, from 0 */
	uint32_t stored, raw; /* bytes of the payload in the file, and without compression */
	uint32_t events;      /* in it */
	uint64_t offset;      /* of the frame's first byte in the file */
	uint8_t previous[TRACE_HASH_BYTES]; /* hash of the frame before, 0 in the first */
};

/* Lays the header out. */
void trace_frame_pack(const struct trace_frame *frame, uint8_t header[static TRACE_HEADER_BYTES]);

/* Whether it begins as frames do. */
bool trace_frame_has_magic(const uint8_t header[static TRACE_HEADER_BYTES]);

/*
 * Reads a header and checks what it can say of itself. NULL, or what is wrong with it: a clause such as "is of version
 * 2", a constant.
 */
const char *trace_frame_parse(const uint8_t header[static TRACE_HEADER_BYTES],
			      struct trace_frame *ret_frame);

/* BLAKE2b-256 of header and payload as they are stored. */
void trace_frame_hash(const uint8_t header[static TRACE_HEADER_BYTES], const void *payload,
		      size_t size, uint8_t ret_hash[static TRACE_HASH_BYTES]);

/* "events", ...; NULL for a number that is no type. */
const char *trace_frame_name(unsigned int type);

/* Lower-case hexadecimal of `size` bytes, with a NUL: `text` has 2 * size + 1. */
void trace_hex(const uint8_t *data, size_t size, char *text);

/* The reverse, exactly `size` bytes and nothing after them. 0 or -EINVAL. */
int trace_unhex(const char *text, uint8_t *data, size_t size);
