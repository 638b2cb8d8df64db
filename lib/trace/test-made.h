/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Traces of imitated runs for tests to read, change and verify, and a key that they are sealed with. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static inline int emit(void *context, const struct event *event)
{
	struct sink *sink = context;

	return trace_writer_event(sink->writer, sink->step, event);
}

static inline void write_step(struct trace_writer *writer, const char *name, uint64_t seed,
			      uint64_t host, unsigned int files)
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

static inline struct trace_writer *begin(int fd)
{
	_cleanup_trace_record_ struct trace_record start = {0};
	struct trace_writer *writer = NULL;

	assert_int_equal(trace_record_set(&start, "source.hash", "00ff"), 0);
	assert_int_equal(trace_record_set(&start, "kernel", "6.1"), 0);
	assert_int_equal(trace_record_set_number(&start, "time.start", 1), 0);
	assert_int_equal(trace_writer_new(fd, &start, &writer, NULL), 0);
	return writer;
}

static inline struct trace_summary finish(struct trace_writer *writer, const struct trace_key *key)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	struct trace_summary summary;

	assert_int_equal(trace_record_set(&facts, "verdict", "AC"), 0);
	assert_int_equal(trace_writer_finish(writer, &facts, key, &summary), 0);
	(void)trace_writer_free(writer);
	return summary;
}

/* A trace of two steps in a memfd, which the caller closes. */
static inline int make(uint64_t seed, uint64_t host, unsigned int files,
		       const struct trace_key *key, struct trace_summary *ret_summary)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct trace_writer *writer = begin(fd);

	write_step(writer, "compile", seed, host, 1);
	write_step(writer, "secret/1", seed + 1, host, files);
	*ret_summary = finish(writer, key);
	return fd;
}

static inline uint8_t *bytes_of(int fd, size_t *ret_size)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *data = malloc((size_t)size);

	assert_non_null(data);
	assert_int_equal(fd_pread_full(fd, data, (size_t)size, 0), size);
	*ret_size = (size_t)size;
	return data;
}

static inline enum trace_validity verify_fd(int fd, struct trace_check *check, struct fault *fault)
{
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(trace_verify(fd, &trusted, check, fault), 0);
	return check->validity;
}

static inline enum trace_validity verify_bytes(const void *data, size_t size, struct fault *fault)
{
	_cleanup_close_ int fd = memfd_create("changed", MFD_CLOEXEC);
	struct trace_check check;

	assert_int_equal(fd_write_all(fd, data, size), 0);
	return verify_fd(fd, &check, fault);
}

/* The frames of a file, as offsets; n + 1 of them. */
static inline size_t frames_of(const uint8_t *data, size_t size, size_t offsets[static 64])
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

static inline int make_keys(void **state)
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

static inline int drop_keys(void **state)
{
	node_key = trace_key_free(node_key);
	trace_trusted_clear(&trusted);
	return 0;
}
