/* SPDX-License-Identifier: Apache-2.0 */

/*
 * msgpack-c parses into trees of objects: depth and number of values are the input's choice, and each is an allocation.
 * A trace's layout is fixed, so its reader asks for one value after the other, and what does not match ends it.
 *
 * Invariant: `at` never passes `end`; every length is compared with what is left before it is used.
 * Source: https://github.com/msgpack/msgpack/blob/master/spec.md
 */

#include "lib/trace/unpack.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/mem.h"

enum { STR8 = 0xd9, BIN8 = 0xc4, ARRAY16 = 0xdc, MAP16 = 0xde };

/* `n` (1, 2, 4, 8) big-endian bytes. */
static int take(struct unpack *in, unsigned int n, uint64_t *ret_value)
{
	uint64_t value = 0;

	if ((size_t)(in->end - in->at) < n)
		return -EBADMSG;
	memcpy((uint8_t *)&value + sizeof(value) - n, in->at, n);
	in->at += n;
	*ret_value = be64toh(value);
	return 0;
}

/* An integer that is longer than its first byte, `type`. */
static int take_long(struct unpack *in, uint8_t type, int64_t *ret_value)
{
	uint64_t value;

	if (type < 0xcc || type > 0xd3)
		return -EBADMSG;
	if (take(in, 1U << (type & 3), &value) < 0)
		return -EBADMSG;
	if (type >= 0xd0) {
		unsigned int unused_bits = 64 - (8U << (type & 3));

		*ret_value = (int64_t)(value << unused_bits) >> unused_bits;
	} else {
		*ret_value = (int64_t)value;
	}
	return 0;
}

int unpack_int(struct unpack *in, int64_t *ret_value)
{
	if (in->at == in->end)
		return -EBADMSG;
	uint8_t type = *in->at++;
	if (type < 0x80 || type >= 0xe0) {
		*ret_value = type < 0x80 ? type : (int64_t)type - 0x100;
		return 0;
	}
	return take_long(in, type, ret_value);
}

int unpack_uint(struct unpack *in, uint64_t *ret_value)
{
	int64_t value;
	bool is_signed = in->at < in->end && *in->at >= 0xd0;

	if (is_signed || unpack_int(in, &value) < 0)
		return -EBADMSG;
	*ret_value = (uint64_t)value;
	return 0;
}

/* A size: in the first byte when its upper bits are `fix`, else in the 1, 2 or 4 bytes after a type of `first`... */
static int take_size(struct unpack *in, uint8_t fix, uint8_t mask, uint8_t first,
		     unsigned int log_first, uint32_t *ret_size)
{
	uint64_t size;

	if (in->at == in->end)
		return -EBADMSG;
	uint8_t type = *in->at++;
	if (mask && (type & mask) == fix) {
		*ret_size = type & (uint8_t)~mask;
		return 0;
	}
	if (type < first || type > first + (2 - log_first))
		return -EBADMSG;
	if (take(in, 1U << (type - first + log_first), &size) < 0)
		return -EBADMSG;
	*ret_size = (uint32_t)size;
	return 0;
}

int unpack_map(struct unpack *in, uint32_t *ret_pairs)
{
	return take_size(in, 0x80, 0xf0, MAP16, 1, ret_pairs);
}

int unpack_array(struct unpack *in, uint32_t *ret_items)
{
	return take_size(in, 0x90, 0xf0, ARRAY16, 1, ret_items);
}

static int take_bytes(struct unpack *in, uint32_t size, const char **ret_data, size_t *ret_size)
{
	if ((size_t)(in->end - in->at) < size)
		return -EBADMSG;
	*ret_data = (const char *)in->at;
	*ret_size = size;
	in->at += size;
	return 0;
}

int unpack_str(struct unpack *in, const char **ret_data, size_t *ret_size)
{
	uint32_t size;

	if (take_size(in, 0xa0, 0xe0, STR8, 0, &size) < 0)
		return -EBADMSG;
	return take_bytes(in, size, ret_data, ret_size);
}

int unpack_bin(struct unpack *in, const char **ret_data, size_t *ret_size)
{
	uint32_t size;

	if (take_size(in, 0, 0, BIN8, 0, &size) < 0)
		return -EBADMSG;
	return take_bytes(in, size, ret_data, ret_size);
}

int unpack_key(struct unpack *in, const char *key)
{
	const char *data;
	size_t size;

	if (unpack_str(in, &data, &size) < 0 || size != strlen(key))
		return -EBADMSG;
	return memcmp(data, key, size) == 0 ? 0 : -EBADMSG;
}

int unpack_peek_str(const struct unpack *in)
{
	return in->at < in->end &&
	       ((*in->at & 0xe0) == 0xa0 || (*in->at >= STR8 && *in->at <= STR8 + 2));
}

int unpack_column(struct unpack *in, uint32_t n, int64_t *ret_values)
{
	uint32_t items;

	if (unpack_array(in, &items) < 0 || (items != 0 && items != n))
		return -EBADMSG;
	if (items == 0) {
		memset(ret_values, 0, n * sizeof(*ret_values));
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		/* Most values are small: a byte each. */
		if (in->at < in->end && *in->at < 0x80)
			ret_values[i] = *in->at++;
		else if (unpack_int(in, &ret_values[i]) < 0)
			return -EBADMSG;
	}
	return 0;
}
