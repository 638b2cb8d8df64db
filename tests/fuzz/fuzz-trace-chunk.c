/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of a chunk, as it is after decompression. Whatever the bytes are: the parser refuses them, or every event that comes out
 * is within its limits, and an event that comes out can be written again and read back as the same.
 */

#include "lib/trace/chunk-fill.h"
#include "lib/trace/chunk-parse.h"
#include "tests/fuzz/fuzz.h"

static struct trace_chunk chunk, again;
static struct trace_call calls[TRACE_CALLS_MAX], calls_again[TRACE_CALLS_MAX];

static void event_check(const struct event *event)
{
	REQUIRE(event->kind > 0 && event->kind < TRACE_KINDS_MAX);
	REQUIRE(event->nr >= -1);
	REQUIRE(memchr(event->comm, '\0', sizeof(event->comm)));
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++) {
		REQUIRE(event->text[i].size <= EVENT_TEXT_BYTES);
		REQUIRE(event->text[i].data || event->text[i].size == 0);
	}
}

/* What was read is written and read: numbers of arguments that the call does not have are gone, the rest is the same. */
static void round_trip(struct chunk_fill *fill, const struct event *event)
{
	struct chunk_cursor cursor = {0};
	struct chunk_calls said = {0};
	struct event back;
	const void *data;
	size_t size;

	REQUIRE(chunk_fill_event(fill, event) == 0);
	REQUIRE(chunk_fill_pack(fill, &said, &data, &size) == 0);
	memset(calls_again, 0, sizeof(calls_again));
	REQUIRE(chunk_parse(data, size, 1, &again, calls_again) == NULL);
	REQUIRE(chunk_next(&again, &cursor, &back) == NULL);
	REQUIRE(back.seq == event->seq && back.ts_ns == event->ts_ns && back.ret == event->ret);
	REQUIRE(back.kind == event->kind && back.nr == event->nr && back.tid == event->tid);
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++)
		REQUIRE(back.text[i].size == event->text[i].size &&
			(back.text[i].size == 0 ||
			 memcmp(back.text[i].data, event->text[i].data, back.text[i].size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t events = size > 0 ? data[0] + 1U : 1;
	struct chunk_cursor cursor = {0};
	struct chunk_fill *fill = NULL;
	uint8_t *copy;

	if (size < 1)
		return 0;
	copy = malloc(size); /* a block of its own: reading past it is seen */
	REQUIRE(copy && chunk_fill_new(0, "fuzz", &fill) == 0);
	memcpy(copy, data + 1, size - 1);
	memset(calls, 0, sizeof(calls));
	if (!chunk_parse(copy, size - 1, events, &chunk, calls)) {
		struct event event;

		while (cursor.event < chunk.n && !chunk_next(&chunk, &cursor, &event)) {
			event_check(&event);
			round_trip(fill, &event);
		}
	}
	(void)chunk_fill_free(fill);
	free(copy);
	return 0;
}
