/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is true of a whole run or step is told once, by names: a reader that does not know a name can still show it, and
 * a new fact needs no new version of the format. Nested maps would want a recursive reader for nothing.
 *
 * Invariant: in a file the keys ascend (as bytes), so that one record has one form.
 */

#include "lib/trace/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <msgpack.h>

#include "lib/contract/limits.h"
#include "lib/trace/unpack.h"

void trace_record_clear(struct trace_record *record)
{
	for (size_t i = 0; i < record->n; i++) {
		free(record->fields[i].key);
		free(record->fields[i].text);
	}
	free(record->fields);
	*record = (struct trace_record){0};
}

static struct trace_field *find(const struct trace_record *record, const char *key)
{
	for (size_t i = 0; i < record->n; i++)
		if (strcmp(record->fields[i].key, key) == 0)
			return &record->fields[i];
	return NULL;
}

/* Appends a field and owns `key` and `text` also on failure; `key` NULL is a failed allocation. */
static int append(struct trace_record *record, char *key, char *text, uint64_t number)
{
	_cleanup_free_ char *own_key = key, *own_text = text;
	struct trace_field *fields;

	if (!own_key)
		return -ENOMEM;
	if (record->n == TRACE_FIELDS_MAX)
		return -E2BIG;
	fields = reallocarray(record->fields, record->n + 1, sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	record->fields = fields;
	fields[record->n++] = (struct trace_field){
		.key = TAKE_PTR(own_key), .text = TAKE_PTR(own_text), .number = number};
	return 0;
}

static int set(struct trace_record *record, const char *key, char *text, uint64_t number)
{
	struct trace_field *field = find(record, key);

	if (field) {
		free(field->text);
		field->text = text;
		field->number = number;
		return 0;
	}
	if (strlen(key) > TRACE_KEY_BYTES_MAX) {
		free(text);
		return -EINVAL;
	}
	return append(record, strdup(key), text, number);
}

/* `size` bytes, which need not end in NUL, as a string; NULL when there is no memory. */
static char *copy_bytes(const char *data, size_t size)
{
	char *copy = malloc(size + 1);

	if (copy) {
		memcpy(copy, data, size);
		copy[size] = '\0';
	}
	return copy;
}

int trace_record_set(struct trace_record *record, const char *key, const char *text)
{
	if (!text)
		return 0;
	char *copy = copy_bytes(text, MIN(strlen(text), (size_t)TRACE_VALUE_BYTES_MAX));

	return copy ? set(record, key, copy, 0) : -ENOMEM;
}

int trace_record_set_number(struct trace_record *record, const char *key, uint64_t number)
{
	return set(record, key, NULL, number);
}

const char *trace_record_text(const struct trace_record *record, const char *key)
{
	const struct trace_field *field = find(record, key);

	return field ? field->text : NULL;
}

int trace_record_number(const struct trace_record *record, const char *key, uint64_t *ret_number)
{
	const struct trace_field *field = find(record, key);

	if (!field || field->text)
		return -ENOENT;
	*ret_number = field->number;
	return 0;
}

int trace_record_set_schedule(struct trace_record *record, const struct gas_schedule *schedule)
{
	int r = trace_record_set(record, "gas.id", schedule->id);

	if (r == 0)
		r = trace_record_set_number(record, "gas.version", schedule->version);
	return r < 0 ? r : trace_record_set(record, "gas.hash", schedule->hash);
}

static int set_row(struct trace_record *record, const char *name, uint64_t count, uint64_t price,
		   uint64_t gas)
{
	const struct {
		const char *what;
		uint64_t value;
	} values[] = {{"count", count}, {"price", price}, {"gas", gas}};
	char key[GAS_NAME_BYTES + 16];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(values); i++) {
		(void)snprintf(key, sizeof(key), "gas.%.*s.%s", GAS_NAME_BYTES, name,
			       values[i].what);
		r = trace_record_set_number(record, key, values[i].value);
	}
	return r;
}

int trace_record_set_account(struct trace_record *record, const struct gas_schedule *schedule,
			     const struct gas_account *account)
{
	const struct {
		const char *name;
		enum gas_item item;
		uint64_t price;
	} more[] = {{"bytes", GAS_ITEM_BYTES, schedule->bytes_price},
		    {"pages", GAS_ITEM_PAGES, schedule->page_price},
		    {"forks", GAS_ITEM_FORKS, schedule->fork_price},
		    {"execs", GAS_ITEM_EXECS, schedule->exec_price}};
	int r = trace_record_set_number(record, "gas.used", account->used);

	if (r == 0 && account->limit != LIMIT_NONE)
		r = trace_record_set_number(record, "gas.limit", account->limit);
	if (r == 0)
		r = trace_record_set_number(record, "gas.bytes_unit", schedule->bytes_unit);
	for (size_t i = 0; r == 0 && i < schedule->n_classes && i < GAS_CLASSES_MAX; i++)
		if (account->count[i])
			r = set_row(record, schedule->classes[i].name, account->count[i],
				    schedule->classes[i].price, account->gas[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(more); i++)
		if (account->count[more[i].item])
			r = set_row(record, more[i].name, account->count[more[i].item],
				    more[i].price, account->gas[more[i].item]);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct trace_field *)a)->key, ((const struct trace_field *)b)->key);
}

static int pack_text(msgpack_packer *packer, const char *text)
{
	size_t size = strlen(text);

	return msgpack_pack_str(packer, size) || msgpack_pack_str_body(packer, text, size);
}

int trace_record_pack(struct trace_record *record, void **ret_data, size_t *ret_size)
{
	msgpack_sbuffer buffer;
	msgpack_packer packer;
	int failed;

	if (record->n > 0)
		qsort(record->fields, record->n, sizeof(*record->fields), compare);
	msgpack_sbuffer_init(&buffer);
	msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
	failed = msgpack_pack_map(&packer, record->n);
	for (size_t i = 0; !failed && i < record->n; i++) {
		const struct trace_field *field = &record->fields[i];

		failed = pack_text(&packer, field->key) ||
			 (field->text ? pack_text(&packer, field->text) :
					msgpack_pack_uint64(&packer, field->number));
	}
	if (failed) {
		msgpack_sbuffer_destroy(&buffer);
		return -ENOMEM;
	}
	*ret_size = buffer.size;
	*ret_data = msgpack_sbuffer_release(&buffer);
	return 0;
}

/* A str of at most `max` bytes as a string; NULL with the error when it is none. */
static char *take_text(struct unpack *in, size_t max, int *ret_error)
{
	const char *data;
	size_t size;

	*ret_error = -EBADMSG;
	if (unpack_str(in, &data, &size) < 0 || size > max || memchr(data, '\0', size))
		return NULL;
	*ret_error = -ENOMEM;
	return copy_bytes(data, size);
}

static int parse_field(struct unpack *in, struct trace_record *record)
{
	_cleanup_free_ char *key = NULL, *text = NULL;
	uint64_t number = 0;
	int error = 0;

	key = take_text(in, TRACE_KEY_BYTES_MAX, &error);
	if (!key)
		return error;
	if (record->n > 0 && strcmp(record->fields[record->n - 1].key, key) >= 0)
		return -EBADMSG;
	if (unpack_peek_str(in)) {
		text = take_text(in, TRACE_VALUE_BYTES_MAX, &error);
		if (!text)
			return error;
	} else if (unpack_uint(in, &number) < 0) {
		return -EBADMSG;
	}
	return append(record, TAKE_PTR(key), TAKE_PTR(text), number);
}

int trace_record_parse(const void *data, size_t size, struct trace_record *ret_record)
{
	struct unpack in = {.at = data, .end = (const uint8_t *)data + size};
	_cleanup_trace_record_ struct trace_record record = {0};
	uint32_t n;
	int r = unpack_map(&in, &n);

	if (r == 0 && n > TRACE_FIELDS_MAX)
		r = -EBADMSG;
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = parse_field(&in, &record);
	if (r == 0 && in.at != in.end)
		r = -EBADMSG;
	if (r < 0)
		return r;
	*ret_record = record;
	record = (struct trace_record){0};
	return 0;
}
