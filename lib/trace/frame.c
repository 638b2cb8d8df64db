/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A header of 64 bytes, all numbers little-endian:
 *
 *	0 magic (4)  4 version (1)  5 type (1)  6 flags (2)  8 index (4)  12 stored (4)  16 raw (4)  20 events (4)
 *	24 offset (8)  32 hash of the frame before (32)
 *
 * The hash of a frame covers its header, so that a chain of them covers every byte of the file. Index and offset add
 * nothing to that, but they let an error say what was done: a frame that is elsewhere than it says was moved.
 */

#include "lib/trace/frame.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/mem.h"

static const uint8_t magic[] = TRACE_MAGIC;

static const char *const names[TRACE_FRAME_TYPE_MAX] = {
	[TRACE_FRAME_START] = "start", [TRACE_FRAME_EVENTS] = "events",
	[TRACE_FRAME_STEP] = "step",   [TRACE_FRAME_RECEIPT] = "receipt",
	[TRACE_FRAME_SEAL] = "seal",
};

const char *trace_frame_name(unsigned int type)
{
	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static void put16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

void trace_frame_pack(const struct trace_frame *frame, uint8_t header[static TRACE_HEADER_BYTES])
{
	uint64_t offset = htole64(frame->offset);

	memcpy(header, magic, sizeof(magic));
	header[4] = TRACE_VERSION;
	header[5] = frame->type;
	put16(header + 6, frame->flags);
	put32(header + 8, frame->index);
	put32(header + 12, frame->stored);
	put32(header + 16, frame->raw);
	put32(header + 20, frame->events);
	memcpy(header + 24, &offset, sizeof(offset));
	memcpy(header + 32, frame->previous, TRACE_HASH_BYTES);
}

/* Sizes, flags and counts that fit the type. */
static const char *check_sizes(const struct trace_frame *frame)
{
	bool is_zstd = frame->flags & TRACE_FLAG_ZSTD;

	if ((frame->flags & ~TRACE_FLAG_ZSTD) || (frame->type == TRACE_FRAME_EVENTS && !is_zstd) ||
	    (frame->type == TRACE_FRAME_SEAL && is_zstd))
		return "has flags that its type does not have";
	if (frame->raw > TRACE_RAW_MAX || frame->stored > TRACE_STORED_MAX || frame->stored == 0)
		return "has a size that no writer makes";
	if (!is_zstd && frame->raw != frame->stored)
		return "has two sizes and is not compressed";
	if (frame->type == TRACE_FRAME_SEAL && frame->stored != TRACE_SEAL_BYTES)
		return "is a seal of another size";
	if (frame->events > TRACE_EVENTS_MAX ||
	    (frame->events == 0) != (frame->type != TRACE_FRAME_EVENTS))
		return "has a number of events that no writer makes";
	return NULL;
}

bool trace_frame_has_magic(const uint8_t header[static TRACE_HEADER_BYTES])
{
	return memcmp(header, magic, sizeof(magic)) == 0;
}

const char *trace_frame_parse(const uint8_t header[static TRACE_HEADER_BYTES],
			      struct trace_frame *ret_frame)
{
	uint64_t offset;

	if (!trace_frame_has_magic(header))
		return "does not begin as a frame of a trace does";
	if (header[4] != TRACE_VERSION)
		return "is of another version of the format than 1, which is what this program reads";
	if (header[5] == 0 || header[5] >= TRACE_FRAME_TYPE_MAX)
		return "has an unknown type";
	memcpy(&offset, header + 24, sizeof(offset));
	*ret_frame = (struct trace_frame){
		.type = header[5],
		.flags = (uint16_t)(header[6] | header[7] << 8),
		.index = get32(header + 8),
		.stored = get32(header + 12),
		.raw = get32(header + 16),
		.events = get32(header + 20),
		.offset = le64toh(offset),
	};
	memcpy(ret_frame->previous, header + 32, TRACE_HASH_BYTES);
	return check_sizes(ret_frame);
}

void trace_frame_hash(const uint8_t header[static TRACE_HEADER_BYTES], const void *payload,
		      size_t size, uint8_t ret_hash[static TRACE_HASH_BYTES])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, TRACE_HASH_BYTES);
	(void)crypto_generichash_update(&state, header, TRACE_HEADER_BYTES);
	(void)crypto_generichash_update(&state, payload, size);
	(void)crypto_generichash_final(&state, ret_hash, TRACE_HASH_BYTES);
}

void trace_hex(const uint8_t *data, size_t size, char *text)
{
	(void)sodium_bin2hex(text, 2 * size + 1, data, size);
}

int trace_unhex(const char *text, uint8_t *data, size_t size)
{
	size_t length = 0;
	const char *end = NULL;

	if (strlen(text) != 2 * size ||
	    sodium_hex2bin(data, size, text, 2 * size, NULL, &length, &end) != 0)
		return -EINVAL;
	return length == size && *end == '\0' ? 0 : -EINVAL;
}
