/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that claims to be a trace. No fuzzer finds hashes, so the input is mended first: index, offset and the hash of the frame before are set
 * as they should be wherever a frame begins, and the reader sees what is behind them. It ends with a clear sentence or at
 * the end of the file, and the verifier says the same of it.
 */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/trace/frame.h"
#include "lib/trace/verify.h"
#include "tests/fuzz/fuzz.h"

enum { SIZE_MAX_TRIED = 1 << 18 };

static void mend(uint8_t *data, size_t size)
{
	uint8_t previous[TRACE_HASH_BYTES] = {0};
	struct trace_frame frame;
	uint32_t index = 0;

	for (size_t at = 0; at + TRACE_HEADER_BYTES <= size; index++) {
		if (trace_frame_parse(data + at, &frame))
			return;
		frame.index = index;
		frame.offset = at;
		memcpy(frame.previous, previous, sizeof(previous));
		trace_frame_pack(&frame, data + at);
		if (frame.stored > size - at - TRACE_HEADER_BYTES)
			return;
		if (frame.type != TRACE_FRAME_SEAL)
			trace_frame_hash(data + at, data + at + TRACE_HEADER_BYTES, frame.stored,
					 previous);
		at += TRACE_HEADER_BYTES + frame.stored;
	}
}

static int read_all(int fd, struct fault *fault)
{
	struct trace_reader *reader = NULL;
	struct trace_item item;
	int r = trace_reader_new(fd, &reader, fault);

	while (r >= 0) {
		r = trace_reader_next(reader, &item, fault);
		if (r == 0)
			break;
		if (r == 1 && item.kind == TRACE_ITEM_EVENT)
			REQUIRE(item.event && item.step < TRACE_STEPS_MAX && item.step_name);
	}
	(void)trace_reader_free(reader);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct fault fault = {0}, second = {0};
	struct trace_check check;
	uint8_t *copy = malloc(size + 1);

	REQUIRE(fd >= 0 && copy);
	size = MIN(size, (size_t)SIZE_MAX_TRIED);
	if (size > 0)
		memcpy(copy, data, size);
	mend(copy, size);
	REQUIRE(fd_write_all(fd, copy, size) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	int r = read_all(fd, &fault);
	REQUIRE(r == 0 || r == -EBADMSG || r == -ENODATA);
	REQUIRE(r == 0 || fuzz_clean_line(fault.text));
	REQUIRE(lseek(fd, 0, SEEK_SET) == 0 && trace_verify(fd, NULL, &check, &second) == 0);
	REQUIRE(check.validity != TRACE_VALID && fuzz_clean_line(second.text));
	REQUIRE(r != -EBADMSG || check.validity == TRACE_INVALID);
	(void)close(fd);
	free(copy);
	return 0;
}
