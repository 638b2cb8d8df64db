/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Single events of an imitated run: numbered, timed, charged, and handed to whoever wants them. test-stream.h makes runs of them.
 */

#include <string.h>

#include "lib/contract/event.h"

struct stream {
	uint64_t seed, host; /* what the program does; what is by chance */
	uint64_t seq, ts_ns, gas, address;
	uint32_t pid, n_files;
	char comm[EVENT_COMM_BYTES];
	char path[128];
	int (*emit)(void *context, const struct event *event);
	void *context;
	int error; /* of the first emit that failed */
};

static inline uint64_t stream_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

static inline void stream_begin(struct stream *stream, uint64_t seed, uint64_t host,
				int (*emit)(void *, const struct event *), void *context)
{
	*stream = (struct stream){.seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
				  .host = host * UINT64_C(0xd1342543de82ef95) + 1,
				  .emit = emit,
				  .context = context,
				  .pid = 2 + (uint32_t)(host % 1000),
				  .comm = "cat"};
	stream->address = UINT64_C(0x7f0000000000) + (stream_next(&stream->host) & 0xfffffff000);
}

static inline void stream_emit(struct stream *stream, struct event *event)
{
	stream->ts_ns += 200 + (stream_next(&stream->host) & 0x7ff);
	event->seq = stream->seq;
	event->ts_ns = stream->ts_ns;
	event->pid = event->tid = stream->pid;
	event->gas_after = stream->gas;
	memcpy(event->comm, stream->comm, sizeof(event->comm));
	if (event->kind == EVENT_GAP)
		stream->seq += event->args[0];
	else if (event->kind != EVENT_SAMPLE && event->kind != EVENT_END)
		stream->seq++;
	if (stream->error == 0)
		stream->error = stream->emit(stream->context, event);
}

static inline void stream_kind(struct stream *stream, enum event_kind kind, uint64_t a, uint64_t b,
			       uint64_t c)
{
	struct event event = {.kind = (uint16_t)kind, .nr = -1, .args = {a, b, c}};

	stream_emit(stream, &event);
}

static inline void stream_call(struct stream *stream, int nr,
			       const uint64_t args[static EVENT_ARGS], int64_t ret, const char *path)
{
	struct event event = {.kind = EVENT_SYSCALL, .nr = nr, .ret = ret};

	memcpy(event.args, args, sizeof(event.args));
	stream->gas += 100 + (unsigned int)nr % 7;
	if (path) {
		event.flags = EVENT_RESOLVED;
		event.text[EVENT_TEXT_PATH] = (struct event_bytes){path, strlen(path)};
	}
	stream_emit(stream, &event);
}

#define STREAM_CALL(stream, nr, ret, path, ...) \
	stream_call(stream, nr, (const uint64_t[EVENT_ARGS]){__VA_ARGS__}, ret, path)
