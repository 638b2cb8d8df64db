/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of traces make of events of any content, in any order: sums in words and as JSON are clean, threads open and close in
 * pairs, and two events of which a comparison keeps one hash have one line. The input is a row of events: 16 bytes of
 * kind, call, flags, arguments, then a text.
 */

#include <stdio.h>

#include "lib/trace/chunk-fill.h"
#include "tests/fuzz/fuzz.h"
#include "tools/assay/diff-line.h"
#include "tools/assay/trace-sums.h"
#include "tools/assay/trace-tracks.h"

enum { HEAD = 16, EVENTS_MAX = 24, TOP = 20 };

static const char *const names[] = {"compile", "1", "\x1b[31m", "secret/2"};

static struct tracks tracks;
static struct sums sums;
static uint64_t opened_count, closed_count;

static size_t event_make(const uint8_t *data, size_t size, struct event *ret_event)
{
	uint64_t number;
	size_t text = MIN((size_t)data[4], size - HEAD);

	memcpy(&number, data + 8, sizeof(number));
	*ret_event = (struct event){.kind = (uint16_t)(1 + data[0] % 20),
				    .nr = data[1] < 250 ? data[1] * 2 + (data[2] & 1) : -1,
				    .flags = (uint16_t)(data[2] | data[3] << 8),
				    .ret = (int64_t)number >> (data[5] & 63),
				    .ts_ns = number >> 20,
				    .pid = data[5] & 7,
				    .tid = data[6] & 15,
				    .args = {number & 15, number >> 7 & 15, number >> 15, data[7],
					     ~number, 1}};
	memcpy(ret_event->comm, data + HEAD, MIN(text, sizeof(ret_event->comm) - 1));
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++)
		if (data[7] >> i & 1)
			ret_event->text[i] = (struct event_bytes){(const char *)data + HEAD, text};
	return HEAD + text;
}

static void opened(const struct track *track, void *context)
{
	(void)context;
	opened_count++;
	REQUIRE(track->is_open && track->comm[0] && memchr(track->comm, '\0', sizeof(track->comm)));
}

static void closed(const struct track *track, void *context)
{
	(void)context;
	closed_count++;
	REQUIRE(track->begin_ns <= track->latest_ns &&
		memchr(track->program, '\0', sizeof(track->program)));
}

/* A line that was met before under the same hash is the same line. */
static void compare(struct diff_line *line, const struct trace_item *item)
{
	static struct {
		uint64_t seed, hash;
		size_t size;
		char text[512];
	} met[64];
	uint64_t hash = diff_line_hash(line, item);
	size_t size;

	if (hash == 0)
		return;
	const char *text = diff_line_text(line, item, &size);
	size_t kept = MIN(size, sizeof(met[0].text)), slot = hash % 64;
	REQUIRE(size > 0 && memchr(text, '\n', size) == NULL && memchr(text, '\x1b', size) == NULL);
	if (met[slot].seed == line->seed && met[slot].hash == hash)
		REQUIRE(met[slot].size == size && memcmp(met[slot].text, text, kept) == 0);
	met[slot].seed = line->seed;
	met[slot].hash = hash;
	met[slot].size = size;
	memcpy(met[slot].text, text, kept);
}

static void write_all(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	REQUIRE(stream);
	const struct term term = {.stream = stream, .columns = 80};
	REQUIRE(sums_write_text(&sums, &term, TOP) == 0);
	REQUIRE(fflush(stream) == 0);
	for (char *at = text, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		REQUIRE(end);
		*end = '\0';
		REQUIRE(end == at || fuzz_clean_line(at));
	}
	rewind(stream);
	sums_write_json(&sums, stream, TOP);
	REQUIRE(fclose(stream) == 0);
	for (size_t i = 0; i < size; i++)
		REQUIRE((unsigned char)text[i] < 0x7f && (text[i] >= 0x20 || i + 1 == size));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct diff_line line;

	REQUIRE(line.known || diff_line_init(&line) == 0);
	REQUIRE(sums_init(&sums) == 0 && tracks_init(&tracks) == 0);
	tracks.opened = opened;
	tracks.closed = closed;
	opened_count = closed_count = 0;
	for (unsigned int i = 0; i < EVENTS_MAX && size >= HEAD; i++) {
		struct trace_call call;
		struct event event;
		struct trace_item item = {
			.kind = TRACE_ITEM_EVENT, .step = data[6] >> 6, .event = &event};
		size_t used = event_make(data, size, &event);
		uint64_t begin_ns;

		item.step_name = names[item.step];
		if (event.nr >= 0 && chunk_call_of(event.nr, &call) && !(event.flags & EVENT_COMPAT))
			item.call = &call;
		sums_add(&sums, &item);
		const struct track *track = tracks_event(&tracks, &item, &begin_ns);
		REQUIRE(begin_ns <= track->latest_ns);
		tracks_after(&tracks, &item);
		compare(&line, &item);
		data += used;
		size -= used;
	}
	tracks_end(&tracks);
	REQUIRE(opened_count == closed_count);
	sums_finish(&sums);
	write_all();
	sums_clear(&sums);
	tracks_clear(&tracks);
	return 0;
}
