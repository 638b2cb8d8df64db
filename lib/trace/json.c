/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One object a line, for programs that read traces: docs/architecture.md ("Contracts") names the keys. A key that does not
 * apply is left out. Numbers are what the kernel saw, as signed 64-bit integers; names are for people, and `show` has them.
 */

#include "lib/trace/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"
#include "lib/trace/decimal.h"
#include "lib/trace/text.h"

enum { REPLACEMENT = 0xfffd };

/* The character at the start of a well-formed sequence of `n` bytes. */
static uint32_t decode(const uint8_t *data, size_t n)
{
	static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t character = data[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		character = character << 6 | (data[i] & 0x3f);
	return character;
}

static void put_escape(FILE *stream, uint32_t character)
{
	static const char *const letters[] = {
		['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
		['\n'] = "\\n", ['\r'] = "\\r",	 ['\t'] = "\\t",
	};

	if (character < ARRAY_SIZE(letters) && letters[character]) {
		(void)fputs(letters[character], stream);
		return;
	}
	if (character >= 0x10000) {
		(void)fprintf(stream, "\\u%04" PRIx32, 0xd7c0 + (character >> 10));
		character = 0xdc00 + (character & 0x3ff);
	}
	(void)fprintf(stream, "\\u%04" PRIx32, character);
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void trace_json_string(FILE *stream, const char *data, size_t size)
{
	(void)fputc('"', stream);
	for (size_t at = 0; at < size;) {
		size_t plain = 0, length;

		while (at + plain < size && is_plain((uint8_t)data[at + plain]))
			plain++;
		(void)fwrite(data + at, 1, plain, stream);
		at += plain;
		if (at == size)
			break;
		length = utf8_length(data + at, size - at);
		put_escape(stream,
			   length ? decode((const uint8_t *)data + at, length) : REPLACEMENT);
		at += length ? length : 1;
	}
	(void)fputc('"', stream);
}

static void put_string(FILE *stream, const char *before, const char *data, size_t size)
{
	(void)fputs(before, stream);
	trace_json_string(stream, data, size);
}

static void put_args(FILE *stream, const struct event *event, const struct trace_call *call)
{
	bool is_call = event->kind == EVENT_SYSCALL || event->kind == EVENT_DENIED;
	unsigned int n = is_call && call ? call->n_args : EVENT_ARGS;

	/* Other kinds have as many as they use; the rest is 0. */
	while (!is_call && n > 0 && event->args[n - 1] == 0)
		n--;
	if (n == 0 && !is_call)
		return;
	(void)fputs(",\"args\":[", stream);
	for (unsigned int i = 0; i < n; i++)
		decimal_put_signed(stream, i ? "," : "", (int64_t)event->args[i]);
	(void)fputc(']', stream);
}

static void put_argv(FILE *stream, const struct event_bytes *argv)
{
	const char *separator = "";

	(void)fputs(",\"argv\":[", stream);
	for (size_t at = 0; at < argv->size;) {
		size_t length = strnlen(argv->data + at, argv->size - at);

		(void)fputs(separator, stream);
		trace_json_string(stream, argv->data + at, length);
		separator = ",";
		at += length + 1;
	}
	(void)fputc(']', stream);
}

static void put_address(FILE *stream, const struct event_bytes *address)
{
	char text[1024];
	FILE *memory = fmemopen(text, sizeof(text), "w");

	if (!memory)
		return;
	trace_text_address(memory, *address);
	(void)fclose(memory);
	text[sizeof(text) - 1] = '\0';
	put_string(stream, ",\"address\":", text, strlen(text));
}

/* Device and inode, each 64 bits, little-endian. */
static void put_object(FILE *stream, const struct event_bytes *object)
{
	uint64_t numbers[2];

	if (object->size != sizeof(numbers))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		numbers[i] = 0;
		for (size_t k = 0; k < sizeof(numbers[i]); k++)
			numbers[i] |= (uint64_t)(uint8_t)object->data[i * sizeof(numbers[i]) + k]
				      << 8 * k;
	}
	decimal_put(stream, ",\"object\":[", numbers[0]);
	decimal_put(stream, ",", numbers[1]);
	(void)fputc(']', stream);
}

static void put_texts(FILE *stream, const struct event *event)
{
	struct event_bytes path = trace_text_path(event);

	if (path.data)
		put_string(stream, ",\"path\":", path.data, path.size);
	if (event->text[EVENT_TEXT_CLAIM2].data)
		put_string(stream, ",\"path2\":", event->text[EVENT_TEXT_CLAIM2].data,
			   event->text[EVENT_TEXT_CLAIM2].size);
	if (event->text[EVENT_TEXT_ARGV].data)
		put_argv(stream, &event->text[EVENT_TEXT_ARGV]);
	if (event->text[EVENT_TEXT_SOCKADDR].data)
		put_address(stream, &event->text[EVENT_TEXT_SOCKADDR]);
	if (event->text[EVENT_TEXT_INODE].data)
		put_object(stream, &event->text[EVENT_TEXT_INODE]);
}

static void put_flags(FILE *stream, uint16_t flags)
{
	const char *separator = "";

	(void)fputs(",\"flags\":[", stream);
	for (unsigned int bit = 0; bit < 16; bit++) {
		if (!(flags >> bit & 1) || !event_flag_name(bit))
			continue;
		(void)fprintf(stream, "%s\"%s\"", separator, event_flag_name(bit));
		separator = ",";
	}
	(void)fputc(']', stream);
}

void trace_json_event(FILE *stream, const char *step, const struct event *event,
		      const struct trace_call *call)
{
	const char *kind = event_kind_name(event->kind);
	char name[64];

	decimal_put(stream, "{\"seq\":", event->seq);
	decimal_put(stream, ",\"ts_ns\":", event->ts_ns);
	decimal_put(stream, ",\"pid\":", event->pid);
	if (event->tid != event->pid)
		decimal_put(stream, ",\"tid\":", event->tid);
	put_string(stream, ",\"comm\":", event->comm, strnlen(event->comm, EVENT_COMM_BYTES));
	put_string(stream, ",\"step\":", step, strlen(step));
	if (kind)
		put_string(stream, ",\"kind\":", kind, strlen(kind));
	else
		(void)fprintf(stream, ",\"kind\":\"kind-%u\"", event->kind);
	if (event->nr >= 0) {
		(void)trace_text_call_name(event, call, name);
		put_string(stream, ",\"syscall\":", name, strlen(name));
	}
	put_args(stream, event, call);
	if (trace_is_call(event))
		decimal_put_signed(stream, ",\"ret\":", event->ret);
	put_texts(stream, event);
	if (event->flags)
		put_flags(stream, event->flags);
	if (event->gas_after)
		decimal_put(stream, ",\"gas_after\":", event->gas_after);
	(void)fputs("}\n", stream);
}
