/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The reverse of chunk-fill.c, for bytes from anywhere. The layout is fixed, so one function a part reads it in order and
 * refuses the first value that is not what stands there in every chunk. All sizes are compared with the arrays' before anything is
 * stored, indices before they are used.
 */

#include "lib/trace/chunk-parse.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/trace/unpack.h"

static int number(struct unpack *in, const char *key, uint64_t max, uint64_t *ret_value)
{
	uint64_t value;

	if (unpack_key(in, key) < 0 || unpack_uint(in, &value) < 0 || value > max)
		return -1;
	*ret_value = value;
	return 0;
}

static const char *parse_head(struct unpack *in, uint32_t events, struct trace_chunk *chunk)
{
	const char *name;
	uint32_t pairs;
	uint64_t step, n;
	size_t size;

	if (unpack_map(in, &pairs) < 0 || pairs != 11)
		return "is no map of eleven keys";
	if (number(in, "step", TRACE_STEPS_MAX - 1, &step) < 0)
		return "does not say which step it belongs to";
	if (unpack_key(in, "name") < 0 || unpack_bin(in, &name, &size) < 0 ||
	    size >= TRACE_STEP_NAME_BYTES || memchr(name, '\0', size))
		return "does not say the name of its step";
	if (number(in, "n", TRACE_EVENTS_MAX, &n) < 0 || n != events)
		return "has another number of events than its header says";
	if (number(in, "seq", UINT64_MAX, &chunk->seq) < 0 ||
	    number(in, "ts", UINT64_MAX, &chunk->ts_ns) < 0 ||
	    number(in, "gas", UINT64_MAX, &chunk->gas) < 0)
		return "does not say where it begins";
	chunk->step = (uint32_t)step;
	chunk->n = (uint32_t)n;
	memcpy(chunk->step_name, name, size);
	chunk->step_name[size] = '\0';
	return NULL;
}

static const char *parse_call(struct unpack *in, struct trace_call *calls)
{
	const char *name, *args, *result;
	size_t name_size, args_size, result_size;
	uint32_t items;
	uint64_t nr;

	if (unpack_array(in, &items) < 0 || items != 4 || unpack_uint(in, &nr) < 0 ||
	    nr >= TRACE_CALLS_MAX)
		return "has a call without a number";
	if (unpack_str(in, &name, &name_size) < 0 || unpack_str(in, &args, &args_size) < 0 ||
	    unpack_str(in, &result, &result_size) < 0)
		return "has a call without a name";
	if (name_size == 0 || name_size >= TRACE_CALL_NAME_BYTES || args_size > SYSCALL_ARGS ||
	    result_size != 1 || memchr(name, '\0', name_size))
		return "has a call whose name or arguments are none";
	if (calls[nr].name[0])
		return "names a call twice";
	struct trace_call *call = &calls[nr];
	memcpy(call->name, name, name_size);
	call->n_args = (uint8_t)args_size;
	for (size_t i = 0; i < args_size; i++)
		call->args[i] = (uint8_t)syscall_arg_kind(args[i]);
	call->returns = (uint8_t)syscall_arg_kind(result[0]);
	return NULL;
}

static const char *parse_calls(struct unpack *in, struct trace_call *calls)
{
	const char *wrong = NULL;
	uint32_t n;

	if (unpack_key(in, "calls") < 0 || unpack_array(in, &n) < 0 || n > TRACE_CALLS_MAX)
		return "has no table of calls";
	for (uint32_t i = 0; !wrong && i < n; i++)
		wrong = parse_call(in, calls);
	return wrong;
}

static int parse_thread(struct unpack *in, struct trace_thread *thread)
{
	const char *comm;
	uint32_t items;
	uint64_t pid, tid;
	size_t size;

	if (unpack_array(in, &items) < 0 || items != 3 || unpack_uint(in, &pid) < 0 ||
	    unpack_uint(in, &tid) < 0 || unpack_bin(in, &comm, &size) < 0)
		return -1;
	if (pid > UINT32_MAX || tid > UINT32_MAX || size >= EVENT_COMM_BYTES ||
	    memchr(comm, '\0', size))
		return -1;
	*thread = (struct trace_thread){.pid = (uint32_t)pid, .tid = (uint32_t)tid};
	memcpy(thread->comm, comm, size);
	return 0;
}

static const char *parse_tables(struct unpack *in, struct trace_chunk *chunk)
{
	if (unpack_key(in, "threads") < 0 || unpack_array(in, &chunk->n_threads) < 0 ||
	    chunk->n_threads > TRACE_EVENTS_MAX)
		return "has no table of threads";
	for (uint32_t i = 0; i < chunk->n_threads; i++)
		if (parse_thread(in, &chunk->threads[i]) < 0)
			return "has a thread that is none";
	if (unpack_key(in, "texts") < 0 || unpack_array(in, &chunk->n_texts) < 0 ||
	    chunk->n_texts > TRACE_REFS_MAX)
		return "has no table of texts";
	for (uint32_t i = 0; i < chunk->n_texts; i++) {
		struct event_bytes *text = &chunk->texts[i];

		if (unpack_bin(in, &text->data, &text->size) < 0 || text->size > EVENT_TEXT_BYTES)
			return "has a text that is none";
	}
	return NULL;
}

/* As many references as the events have texts, each to a text. */
static const char *parse_refs(struct unpack *in, struct trace_chunk *chunk)
{
	uint64_t wanted = 0;

	for (uint32_t i = 0; i < chunk->n; i++) {
		int64_t mask = chunk->columns[TRACE_TEXTS][i];

		if (mask < 0 || mask >= 1 << EVENT_TEXT_MAX)
			return "has an event with texts that are none";
		wanted += (uint64_t)__builtin_popcountll((uint64_t)mask);
	}
	struct unpack ahead = *in;
	if (unpack_key(&ahead, "refs") < 0 || unpack_array(&ahead, &chunk->n_refs) < 0 ||
	    chunk->n_refs != wanted)
		return "has another number of references than its events have texts";
	(void)unpack_key(in, "refs");
	if (unpack_column(in, chunk->n_refs, chunk->refs) < 0)
		return "has a reference that is no number";
	for (uint32_t i = 0; i < chunk->n_refs; i++)
		if (chunk->refs[i] < 0 || chunk->refs[i] >= chunk->n_texts)
			return "refers to a text that is not there";
	return NULL;
}

static const char *parse_columns(struct unpack *in, struct trace_chunk *chunk)
{
	uint32_t n;

	if (unpack_key(in, "columns") < 0 || unpack_array(in, &n) < 0 || n != TRACE_COLUMNS)
		return "has no columns";
	for (uint32_t i = 0; i < TRACE_COLUMNS; i++)
		if (unpack_column(in, chunk->n, chunk->columns[i]) < 0)
			return "has a column that is short, long or no numbers";
	return parse_refs(in, chunk);
}

const char *chunk_parse(const void *data, size_t size, uint32_t events, struct trace_chunk *chunk,
			struct trace_call *calls)
{
	struct unpack in = {.at = data, .end = (const uint8_t *)data + size};
	const char *wrong = parse_head(&in, events, chunk);

	if (!wrong)
		wrong = parse_calls(&in, calls);
	if (!wrong)
		wrong = parse_tables(&in, chunk);
	if (!wrong)
		wrong = parse_columns(&in, chunk);
	if (!wrong && in.at != in.end)
		wrong = "has bytes after its end";
	memset(&chunk->expected, 0, sizeof(chunk->expected));
	chunk->expected.seq = chunk->seq;
	chunk->expected.ts_ns = chunk->ts_ns;
	chunk->expected.gas = chunk->gas;
	return wrong;
}

/* What is no difference: kind, thread, call, flags. */
static const char *next_plain(const struct trace_chunk *chunk, uint32_t i, struct event *event)
{
	int64_t kind = chunk->columns[TRACE_KIND][i], nr = chunk->columns[TRACE_NR][i];
	int64_t flags = chunk->columns[TRACE_FLAGS][i], thread = chunk->columns[TRACE_THREAD][i];

	if (kind <= 0 || kind >= TRACE_KINDS_MAX)
		return "has an event of a kind that is none";
	if (thread < 0 || thread >= chunk->n_threads)
		return "has an event of a thread that is not there";
	if (nr < 0 || nr > (int64_t)INT32_MAX + 1 || flags < 0 || flags > UINT16_MAX)
		return "has an event with numbers out of range";
	event->kind = (uint16_t)kind;
	event->flags = (uint16_t)flags;
	event->nr = (int32_t)(nr - 1);
	event->pid = chunk->threads[thread].pid;
	event->tid = chunk->threads[thread].tid;
	memcpy(event->comm, chunk->threads[thread].comm, EVENT_COMM_BYTES);
	return NULL;
}

static void next_numbers(struct trace_chunk *chunk, uint32_t i, struct event *event)
{
	struct trace_expected *expected = &chunk->expected;
	unsigned int key = trace_key_of(event->kind, event->nr);

	for (unsigned int arg = 0; arg < EVENT_ARGS; arg++)
		event->args[arg] = expected->args[key][arg] +=
			(uint64_t)chunk->columns[TRACE_ARG0 + arg][i];
	event->ret = (int64_t)(expected->ret[key] += (uint64_t)chunk->columns[TRACE_RET][i]);
	event->seq = expected->seq + (uint64_t)chunk->columns[TRACE_SEQ][i];
	event->ts_ns = expected->ts_ns += (uint64_t)chunk->columns[TRACE_TS][i];
	event->gas_after = expected->gas += (uint64_t)chunk->columns[TRACE_GAS][i];
	expected->seq = trace_seq_after(event);
}

const char *chunk_next(struct trace_chunk *chunk, struct chunk_cursor *cursor,
		       struct event *ret_event)
{
	uint32_t i = cursor->event;
	int64_t mask = chunk->columns[TRACE_TEXTS][i];
	const char *wrong = next_plain(chunk, i, ret_event);

	if (wrong)
		return wrong;
	next_numbers(chunk, i, ret_event);
	memset(ret_event->text, 0, sizeof(ret_event->text));
	for (unsigned int t = 0; mask != 0; t++, mask >>= 1)
		if (mask & 1)
			ret_event->text[t] = chunk->texts[chunk->refs[cursor->ref++]];
	cursor->event++;
	return NULL;
}
