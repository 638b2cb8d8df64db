/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Strict reading of msgpack, value by value, by a caller that knows what comes next: nothing is allocated and nothing
 * recurses, so a hostile file can be neither deep nor large. Every function returns 0, or -EBADMSG when the next
 * value has another type or ends after the input; `in` is then of no further use.
 */

#include <stddef.h>
#include <stdint.h>

struct unpack {
	const uint8_t *at, *end;
};

int unpack_uint(struct unpack *in, uint64_t *ret_value);

/* Any integer: those above INT64_MAX come out as their two's complement. */
int unpack_int(struct unpack *in, int64_t *ret_value);

int unpack_map(struct unpack *in, uint32_t *ret_pairs);
int unpack_array(struct unpack *in, uint32_t *ret_items);

/* str and bin; *ret_data points into the input. */
int unpack_str(struct unpack *in, const char **ret_data, size_t *ret_size);
int unpack_bin(struct unpack *in, const char **ret_data, size_t *ret_size);

/* A str that is `key`. */
int unpack_key(struct unpack *in, const char *key);

/* Whether the next value is a str. */
int unpack_peek_str(const struct unpack *in);

/* An array of `n` integers, or of none, which stands for `n` zeros. */
int unpack_column(struct unpack *in, uint32_t n, int64_t *ret_values);
