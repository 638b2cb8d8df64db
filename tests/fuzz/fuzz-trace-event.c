/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of any content in words and as JSON: one clean line each, whatever numbers, names and texts are in them; and the canonical digest
 * takes them. The input is a row of events: 16 bytes of kind, call, flags, arguments, then a text.
 */

#include <stdio.h>

#include "lib/trace/canonical.h"
#include "lib/trace/chunk-fill.h"
#include "lib/trace/json.h"
#include "lib/trace/text.h"
#include "tests/fuzz/fuzz.h"

enum { HEAD = 16, EVENTS_MAX = 16, LINE_BYTES = 1 << 19 };

static char line[LINE_BYTES];

/* The line without its newline is clean. */
static void line_check(size_t size)
{
	REQUIRE(size > 1 && size < sizeof(line) && line[size - 1] == '\n');
	line[size - 1] = '\0';
	REQUIRE(strlen(line) == size - 1 && fuzz_clean_line(line));
}

static void show(const struct event *event, const struct trace_call *call)
{
	FILE *memory = fmemopen(line, sizeof(line), "w");

	REQUIRE(memory);
	trace_text_line(memory, event, call);
	(void)fflush(memory);
	size_t size = (size_t)ftell(memory);
	(void)fclose(memory);
	line_check(size);
	memory = fmemopen(line, sizeof(line), "w");
	REQUIRE(memory);
	trace_json_event(memory, "step\x1b", event, call);
	(void)fflush(memory);
	size = (size_t)ftell(memory);
	(void)fclose(memory);
	line_check(size);
	for (size_t i = 0; i + 1 < size; i++)
		REQUIRE((unsigned char)line[i] < 0x7f);
}

static size_t event_make(const uint8_t *data, size_t size, struct event *ret_event)
{
	uint64_t number;
	size_t text = MIN((size_t)data[4], size - HEAD);

	memcpy(&number, data + 8, sizeof(number));
	*ret_event =
		(struct event){.kind = (uint16_t)(1 + data[0] % 20),
			       .nr = data[1] < 250 ? data[1] * 2 + (data[2] & 1) : -1,
			       .flags = (uint16_t)(data[2] | data[3] << 8),
			       .ret = (int64_t)number,
			       .pid = data[5],
			       .tid = data[6],
			       .args = {number, number >> 7, number >> 15, data[7], ~number, 1}};
	memcpy(ret_event->comm, data + HEAD, MIN(text, sizeof(ret_event->comm) - 1));
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++)
		if (data[7] >> i & 1)
			ret_event->text[i] = (struct event_bytes){(const char *)data + HEAD, text};
	return HEAD + text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_canonical *canonical = NULL;
	uint8_t digest[TRACE_HASH_BYTES];

	REQUIRE(trace_canonical_new(&canonical) == 0);
	for (unsigned int i = 0; i < EVENTS_MAX && size >= HEAD; i++) {
		struct trace_call call, *known = NULL;
		struct event event;
		size_t used = event_make(data, size, &event);

		if (event.nr >= 0 && chunk_call_of(event.nr, &call))
			known = &call;
		show(&event, known);
		REQUIRE(trace_canonical_event(canonical, &event, known) == 0);
		data += used;
		size -= used;
	}
	(void)trace_canonical_finish(canonical, digest);
	(void)trace_canonical_free(canonical);
	return 0;
}
