/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An event that a ring delivers is worth some tens of nanoseconds, so here it is taken apart once into columns of
 * differences and nothing is allocated. Columns are what makes it small: neighbours in a column look alike (the same few calls,
 * the same thread, times that differ by a little), which is what a compressor needs.
 *
 * Threads and texts stand once in a chunk and are referred to by index. A program chooses the texts, so the table that
 * finds them again hashes with a secret key (SipHash): no choice of names makes a chain long.
 */

#include "lib/trace/chunk-fill.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include <msgpack.h>
#include <sodium.h>

enum {
	SLOTS = 16384, /* of each table: more than TRACE_REFS_MAX, so that a free one is always found */
	SLOT_MASK = SLOTS - 1,
	COLUMN_PART = 256,
};

_Static_assert(SLOTS > TRACE_REFS_MAX + TRACE_REFS_MAX / 4, "chains stay short");

struct chunk_fill {
	struct trace_chunk chunk;
	int64_t any[TRACE_COLUMNS];			 /* 0: the column is all zeros */
	struct chunk_calls calls;			 /* that events of the chunk have made */
	uint32_t thread;				 /* of the latest event */
	uint32_t latest[EVENT_TEXT_MAX];		 /* 1 + index of each type's latest text */
	uint16_t thread_slots[SLOTS], text_slots[SLOTS]; /* index + 1 */
	uint8_t key[crypto_shorthash_KEYBYTES];
	size_t text_bytes; /* used of `bytes` */
	bool stale;	   /* tables and expectations are those of a chunk that was packed */
	char bytes[TRACE_TEXT_TOTAL + EVENT_TEXT_MAX * EVENT_TEXT_BYTES];
	msgpack_sbuffer packed;
};

static void reset(struct chunk_fill *fill)
{
	struct trace_chunk *chunk = &fill->chunk;

	chunk->n = chunk->n_threads = chunk->n_texts = chunk->n_refs = 0;
	memset(&chunk->expected, 0, sizeof(chunk->expected));
	memset(fill->any, 0, sizeof(fill->any));
	memset(fill->latest, 0, sizeof(fill->latest));
	memset(fill->calls.bits, 0, sizeof(fill->calls.bits));
	memset(fill->thread_slots, 0, sizeof(fill->thread_slots));
	memset(fill->text_slots, 0, sizeof(fill->text_slots));
	fill->text_bytes = 0;
	fill->stale = false;
}

int chunk_fill_new(uint32_t step, const char *name, struct chunk_fill **ret_fill)
{
	struct chunk_fill *fill = new0(struct chunk_fill, 1);

	if (!fill)
		return -ENOMEM;
	fill->chunk.step = step;
	strncpy(fill->chunk.step_name, name, sizeof(fill->chunk.step_name) - 1);
	crypto_shorthash_keygen(fill->key);
	msgpack_sbuffer_init(&fill->packed);
	*ret_fill = fill;
	return 0;
}

struct chunk_fill *chunk_fill_free(struct chunk_fill *fill)
{
	if (fill) {
		msgpack_sbuffer_destroy(&fill->packed);
		free(fill);
	}
	return NULL;
}

bool chunk_fill_is_full(const struct chunk_fill *fill)
{
	return fill->chunk.n == TRACE_EVENTS_MAX || fill->text_bytes >= TRACE_TEXT_TOTAL;
}

uint32_t chunk_fill_count(const struct chunk_fill *fill)
{
	return fill->chunk.n;
}

static unsigned int slot_of(const struct chunk_fill *fill, const void *data, size_t size)
{
	uint64_t hash;

	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "SipHash-2-4");
	(void)crypto_shorthash((uint8_t *)&hash, data, size, fill->key);
	return (unsigned int)hash & SLOT_MASK;
}

static bool thread_is(const struct trace_thread *thread, const struct event *event)
{
	if (thread->tid != event->tid || thread->pid != event->pid)
		return false;
	return memcmp(thread->comm, event->comm, EVENT_COMM_BYTES) == 0 ||
	       strncmp(thread->comm, event->comm, EVENT_COMM_BYTES) == 0;
}

static uint32_t thread_index(struct chunk_fill *fill, const struct event *event)
{
	struct trace_chunk *chunk = &fill->chunk;
	struct trace_thread thread = {.pid = event->pid, .tid = event->tid};

	if (chunk->n_threads > 0 && thread_is(&chunk->threads[fill->thread], event))
		return fill->thread;
	memcpy(thread.comm, event->comm, strnlen(event->comm, EVENT_COMM_BYTES));
	unsigned int slot = slot_of(fill, &thread, sizeof(thread));
	while (fill->thread_slots[slot]) {
		uint32_t index = fill->thread_slots[slot] - 1U;

		if (thread_is(&chunk->threads[index], event))
			return fill->thread = index;
		slot = (slot + 1) & SLOT_MASK;
	}
	chunk->threads[chunk->n_threads] = thread;
	fill->thread_slots[slot] = (uint16_t)++chunk->n_threads;
	return fill->thread = chunk->n_threads - 1;
}

static bool text_is(const struct event_bytes *text, const char *data, size_t size)
{
	return text->size == size && memcmp(text->data, data, size) == 0;
}

static uint32_t text_index(struct chunk_fill *fill, const char *data, size_t size)
{
	struct trace_chunk *chunk = &fill->chunk;
	unsigned int slot = slot_of(fill, data, size);

	while (fill->text_slots[slot]) {
		uint32_t index = fill->text_slots[slot] - 1U;

		if (text_is(&chunk->texts[index], data, size))
			return index;
		slot = (slot + 1) & SLOT_MASK;
	}
	memcpy(fill->bytes + fill->text_bytes, data, size);
	chunk->texts[chunk->n_texts] =
		(struct event_bytes){.data = fill->bytes + fill->text_bytes, .size = size};
	fill->text_bytes += size;
	fill->text_slots[slot] = (uint16_t)++chunk->n_texts;
	return chunk->n_texts - 1;
}

static void put(struct chunk_fill *fill, enum trace_column column, int64_t value)
{
	fill->chunk.columns[column][fill->chunk.n] = value;
	fill->any[column] |= value;
}

/* A text of type `i`: often it is that of the event before, the same file for instance, and needs no hash. */
static uint32_t text_find(struct chunk_fill *fill, unsigned int i, const char *data, size_t size)
{
	uint32_t latest = fill->latest[i];

	if (latest == 0 || !text_is(&fill->chunk.texts[latest - 1], data, size))
		latest = fill->latest[i] = 1 + text_index(fill, data, size);
	return latest - 1;
}

/* The texts that are there; returns flags to add. */
static uint16_t put_texts(struct chunk_fill *fill, const struct event *event)
{
	struct trace_chunk *chunk = &fill->chunk;
	uint16_t flags = 0;
	int64_t mask = 0;

	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++) {
		const struct event_bytes *text = &event->text[i];

		if (!text->data)
			continue;
		if (text->size > EVENT_TEXT_BYTES)
			flags = EVENT_TRUNCATED;
		mask |= 1 << i;
		chunk->refs[chunk->n_refs++] =
			text_find(fill, i, text->data, MIN(text->size, (size_t)EVENT_TEXT_BYTES));
	}
	put(fill, TRACE_TEXTS, mask);
	return flags;
}

/*
 * How many of the six numbers belong to the event: a call's other registers hold what the program last put there. Notes that the call
 * needs a name.
 */
static unsigned int count_args(struct chunk_fill *fill, const struct event *event)
{
	const struct syscall_info *info = NULL;

	if (!(event->flags & EVENT_COMPAT))
		info = syscall_info(event->nr);
	if (!info)
		return EVENT_ARGS;
	fill->calls.bits[(unsigned int)event->nr / 64] |= UINT64_C(1) << (event->nr % 64);
	return event->kind == EVENT_SYSCALL || event->kind == EVENT_DENIED ? info->n_args :
									     EVENT_ARGS;
}

static void put_numbers(struct chunk_fill *fill, const struct event *event)
{
	struct trace_expected *expected = &fill->chunk.expected;
	unsigned int key = trace_key_of(event->kind, event->nr), n = count_args(fill, event);

	for (unsigned int i = 0; i < EVENT_ARGS; i++) {
		uint64_t value = i < n ? event->args[i] : 0;

		put(fill, TRACE_ARG0 + i, (int64_t)(value - expected->args[key][i]));
		expected->args[key][i] = value;
	}
	put(fill, TRACE_RET, (int64_t)((uint64_t)event->ret - expected->ret[key]));
	expected->ret[key] = (uint64_t)event->ret;
}

static void put_position(struct chunk_fill *fill, const struct event *event)
{
	struct trace_expected *expected = &fill->chunk.expected;

	put(fill, TRACE_SEQ, (int64_t)(event->seq - expected->seq));
	put(fill, TRACE_TS, (int64_t)(event->ts_ns - expected->ts_ns));
	put(fill, TRACE_GAS, (int64_t)(event->gas_after - expected->gas));
	expected->seq = trace_seq_after(event);
	expected->ts_ns = event->ts_ns;
	expected->gas = event->gas_after;
}

int chunk_fill_event(struct chunk_fill *fill, const struct event *event)
{
	struct trace_chunk *chunk = &fill->chunk;

	if (event->kind == 0 || event->kind >= TRACE_KINDS_MAX || event->nr < -1)
		return -EINVAL;
	if (fill->stale)
		reset(fill);
	if (chunk->n == 0) {
		chunk->seq = chunk->expected.seq = event->seq;
		chunk->ts_ns = chunk->expected.ts_ns = event->ts_ns;
		chunk->gas = chunk->expected.gas = event->gas_after;
	}
	put(fill, TRACE_KIND, event->kind);
	put(fill, TRACE_THREAD, thread_index(fill, event));
	put(fill, TRACE_NR, (int64_t)event->nr + 1);
	put(fill, TRACE_FLAGS, event->flags | put_texts(fill, event));
	put_numbers(fill, event);
	put_position(fill, event);
	chunk->n++;
	return 0;
}

/* --- packing: a map in a fixed order; what fails, fails for want of memory --- */

static int pack_str(msgpack_packer *packer, const char *text)
{
	size_t size = strlen(text);

	return msgpack_pack_str(packer, size) || msgpack_pack_str_body(packer, text, size);
}

static int pack_number(msgpack_packer *packer, const char *key, uint64_t value)
{
	return pack_str(packer, key) || msgpack_pack_uint64(packer, value);
}

static int pack_array(msgpack_packer *packer, const char *key, size_t n)
{
	return pack_str(packer, key) || msgpack_pack_array(packer, n);
}

static int pack_bytes(msgpack_packer *packer, const char *data, size_t size)
{
	return msgpack_pack_bin(packer, size) || msgpack_pack_bin_body(packer, data, size);
}

bool chunk_call_of(int nr, struct trace_call *ret_call)
{
	const struct syscall_info *info = syscall_info(nr);

	if (!info)
		return false;
	*ret_call = (struct trace_call){.n_args = info->n_args, .returns = info->returns};
	strncpy(ret_call->name, info->name, sizeof(ret_call->name) - 1);
	memcpy(ret_call->args, info->args, sizeof(ret_call->args));
	return true;
}

static int pack_call(msgpack_packer *packer, unsigned int nr)
{
	struct trace_call call = {0};
	char letters[SYSCALL_ARGS + 1] = "", result[2] = "";

	(void)chunk_call_of((int)nr, &call);
	for (unsigned int i = 0; i < call.n_args; i++)
		letters[i] = syscall_arg_letter(call.args[i]);
	result[0] = syscall_arg_letter(call.returns);
	return msgpack_pack_array(packer, 4) || msgpack_pack_uint64(packer, nr) ||
	       pack_str(packer, call.name) || pack_str(packer, letters) || pack_str(packer, result);
}

static int pack_calls(msgpack_packer *packer, const struct chunk_fill *fill,
		      struct chunk_calls *said)
{
	uint64_t fresh[ARRAY_SIZE(said->bits)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fresh); i++) {
		fresh[i] = fill->calls.bits[i] & ~said->bits[i];
		said->bits[i] |= fresh[i];
		n += (size_t)__builtin_popcountll(fresh[i]);
	}
	if (pack_array(packer, "calls", n))
		return -ENOMEM;
	for (unsigned int nr = 0; nr < TRACE_CALLS_MAX; nr++)
		if ((fresh[nr / 64] >> (nr % 64) & 1) && pack_call(packer, nr))
			return -ENOMEM;
	return 0;
}

static int pack_tables(msgpack_packer *packer, const struct trace_chunk *chunk)
{
	int failed = pack_array(packer, "threads", chunk->n_threads);

	for (uint32_t i = 0; !failed && i < chunk->n_threads; i++) {
		const struct trace_thread *thread = &chunk->threads[i];

		failed = msgpack_pack_array(packer, 3) || msgpack_pack_uint64(packer, thread->pid) ||
			 msgpack_pack_uint64(packer, thread->tid) ||
			 pack_bytes(packer, thread->comm, strnlen(thread->comm, EVENT_COMM_BYTES));
	}
	failed = failed || pack_array(packer, "texts", chunk->n_texts);
	for (uint32_t i = 0; !failed && i < chunk->n_texts; i++)
		failed = pack_bytes(packer, chunk->texts[i].data, chunk->texts[i].size);
	return failed;
}

/* How many times 1 byte is doubled to hold a number. */
static unsigned int width_of(int64_t value)
{
	/* Negative ones need a bit for the sign, the others have types of their own. */
	unsigned int bits = value < 0 ? 65U - (unsigned int)__builtin_clzll(~(uint64_t)value | 1) :
					64U - (unsigned int)__builtin_clzll((uint64_t)value | 1);

	return (bits > 8) + (bits > 16) + (bits > 32);
}

uint8_t *chunk_lay_number(uint8_t *at, int64_t value)
{
	enum { FIXED_MIN = -32, FIXED_MAX = 127, UINT8 = 0xcc, INT8 = 0xd0 };
	unsigned int width;
	uint64_t ordered;

	if (value >= FIXED_MIN && value <= FIXED_MAX) {
		*at = (uint8_t)value;
		return at + 1;
	}
	width = width_of(value);
	*at++ = (uint8_t)((value < 0 ? INT8 : UINT8) + width);
	ordered = htobe64((uint64_t)value << (64 - (8U << width)));
	memcpy(at, &ordered, sizeof(ordered));
	return at + (1U << width);
}

static int pack_column(msgpack_packer *packer, const int64_t *values, size_t n)
{
	uint8_t bytes[COLUMN_PART * CHUNK_NUMBER_BYTES];
	int failed = msgpack_pack_array(packer, n);

	for (size_t done = 0; !failed && done < n;) {
		size_t end = MIN(n, done + COLUMN_PART);
		uint8_t *at = bytes;

		while (done < end)
			at = chunk_lay_number(at, values[done++]);
		failed = msgpack_sbuffer_write(packer->data, (const char *)bytes,
					       (size_t)(at - bytes));
	}
	return failed;
}

static int pack_columns(msgpack_packer *packer, const struct chunk_fill *fill)
{
	const struct trace_chunk *chunk = &fill->chunk;
	int failed = pack_array(packer, "columns", TRACE_COLUMNS);

	for (unsigned int i = 0; !failed && i < TRACE_COLUMNS; i++)
		failed = pack_column(packer, chunk->columns[i], fill->any[i] ? chunk->n : 0);
	return failed || pack_str(packer, "refs") || pack_column(packer, chunk->refs, chunk->n_refs);
}

int chunk_fill_pack(struct chunk_fill *fill, struct chunk_calls *said, const void **ret_data,
		    size_t *ret_size)
{
	const struct trace_chunk *chunk = &fill->chunk;
	msgpack_packer packer;

	msgpack_sbuffer_clear(&fill->packed);
	msgpack_packer_init(&packer, &fill->packed, msgpack_sbuffer_write);
	if (msgpack_pack_map(&packer, 11) || pack_number(&packer, "step", chunk->step) ||
	    pack_str(&packer, "name") ||
	    pack_bytes(&packer, chunk->step_name, strlen(chunk->step_name)) ||
	    pack_number(&packer, "n", chunk->n) || pack_number(&packer, "seq", chunk->seq) ||
	    pack_number(&packer, "ts", chunk->ts_ns) || pack_number(&packer, "gas", chunk->gas) ||
	    pack_calls(&packer, fill, said) || pack_tables(&packer, chunk) ||
	    pack_columns(&packer, fill))
		return -ENOMEM;
	/* Most steps end here, and 100 KB of tables need not be cleared for that. */
	fill->chunk.n = 0;
	fill->text_bytes = 0;
	fill->stale = true;
	*ret_data = fill->packed.data;
	*ret_size = fill->packed.size;
	return 0;
}
