/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that no writer makes, chained and sealed as they should be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <zstd.h>

#include "lib/trace/test-made.h"

/* A trace whose second frame has this payload, stored as it is. */
static int forge_frame(const void *stored, size_t size, struct trace_frame frame,
		       struct fault *fault)
{
	struct trace_summary summary;
	_cleanup_close_ int made = make(1, 1, 1, node_key, &summary);
	_cleanup_close_ int fd = memfd_create("forged", MFD_CLOEXEC);
	size_t made_size, at[64];
	_cleanup_free_ uint8_t *data = bytes_of(made, &made_size);
	uint8_t header[TRACE_HEADER_BYTES];
	struct trace_check check;

	(void)frames_of(data, made_size, at);
	frame.index = 1;
	frame.stored = (uint32_t)size;
	frame.offset = at[1];
	trace_frame_hash(data, data + TRACE_HEADER_BYTES, at[1] - TRACE_HEADER_BYTES,
			 frame.previous);
	trace_frame_pack(&frame, header);
	assert_int_equal(fd_write_all(fd, data, at[1]), 0);
	assert_int_equal(fd_write_all(fd, header, sizeof(header)), 0);
	assert_int_equal(fd_write_all(fd, stored, size), 0);
	return (int)verify_fd(fd, &check, fault);
}

static int forge(const void *stored, size_t size, uint32_t raw, uint32_t events, uint8_t type,
		 struct fault *fault)
{
	return forge_frame(stored, size,
			   (struct trace_frame){
				   .type = type,
				   .flags = type == TRACE_FRAME_EVENTS ? TRACE_FLAG_ZSTD : 0,
				   .raw = raw,
				   .events = events,
			   },
			   fault);
}

static int forge_packed(const void *payload, size_t size, struct trace_frame frame,
			struct fault *fault)
{
	size_t bound = ZSTD_compressBound(size);
	_cleanup_free_ uint8_t *packed = malloc(bound);
	size_t n = ZSTD_compress(packed, bound, payload, size, 1);

	assert_false(ZSTD_isError(n));
	frame.flags = TRACE_FLAG_ZSTD;
	return forge_frame(packed, n, frame, fault);
}

static int forge_chunk(const void *payload, size_t size, uint32_t raw, uint32_t events,
		       struct fault *fault)
{
	return forge_packed(
		payload, size,
		(struct trace_frame){.type = TRACE_FRAME_EVENTS, .raw = raw, .events = events},
		fault);
}

static int forge_record(const void *payload, size_t size, uint32_t raw, struct fault *fault)
{
	return forge_packed(payload, size,
			    (struct trace_frame){.type = TRACE_FRAME_STEP, .raw = raw}, fault);
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
	assert_int_equal(forge_record(zeros, BOMB, BOMB, &fault), TRACE_INVALID);
	assert_non_null(strstr(fault.text, "size that no writer makes"));
	assert_int_equal(forge_record(zeros, BOMB, TRACE_RAW_MAX, &fault), TRACE_INVALID);
	assert_non_null(strstr(fault.text, "not compressed as it says"));
}

static void only_payloads_that_may_be_are_compressed(void **state)
{
	static const char record[] = "\x81\xa4step\x00", seal[TRACE_SEAL_BYTES] = "";
	struct fault fault = {0};

	/* This one may, and is read: a step that says nothing more of itself. */
	assert_int_equal(forge_record(record, sizeof(record) - 1, sizeof(record) - 1, &fault),
			 TRACE_INVALID);
	assert_non_null(strstr(fault.text, "canonical digest"));
	assert_int_equal(forge_frame(seal, sizeof(seal),
				     (struct trace_frame){.type = TRACE_FRAME_SEAL,
							  .flags = TRACE_FLAG_ZSTD,
							  .raw = sizeof(seal)},
				     &fault),
			 TRACE_INVALID);
	assert_non_null(strstr(fault.text, "flags that its type does not have"));
	assert_int_equal(forge_frame(record, sizeof(record) - 1,
				     (struct trace_frame){.type = TRACE_FRAME_STEP,
							  .flags = 1 << 1,
							  .raw = sizeof(record) - 1},
				     &fault),
			 TRACE_INVALID);
	assert_non_null(strstr(fault.text, "flags that its type does not have"));
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
		assert_int_equal(forge_record(deep, TRACE_RAW_MAX, TRACE_RAW_MAX, &fault),
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(only_payloads_that_may_be_are_compressed),
		cmocka_unit_test(deep_msgpack_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
