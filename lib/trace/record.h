/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Records: the flat tables of facts at a trace's start, at the end of a step and in its receipt. A key is a name such
 * as "policy.hash", a value a text or a number. docs/trace-format.md lists the keys.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/contract/gas.h"

enum {
	TRACE_FIELDS_MAX = 512, /* a start names programs and tools, a step 36 rows of a bill */
	TRACE_KEY_BYTES_MAX = 255,
	TRACE_VALUE_BYTES_MAX = 4096,
};

struct trace_field {
	char *key;
	char *text; /* NULL: a number. May hold any bytes but NUL */
	uint64_t number;
};

/* An empty one is all zeros. */
struct trace_record {
	struct trace_field *fields; /* sorted by key once packed or parsed */
	size_t n;
};

/* Frees the fields; the record is empty then. */
void trace_record_clear(struct trace_record *record);

#define _cleanup_trace_record_ _cleanup_(trace_record_clear)

/*
 * Sets a fact; a key that is there gets the new value. Text is cut to TRACE_VALUE_BYTES_MAX bytes, a key that is longer
 * than TRACE_KEY_BYTES_MAX is -EINVAL; -E2BIG over TRACE_FIELDS_MAX, -ENOMEM. NULL as text sets nothing.
 */
int trace_record_set(struct trace_record *record, const char *key, const char *text);
int trace_record_set_number(struct trace_record *record, const char *key, uint64_t number);

/* The text of a key, or NULL when it is not there or is a number. */
const char *trace_record_text(const struct trace_record *record, const char *key);

/* 0, or -ENOENT when the key is not there or is a text. */
int trace_record_number(const struct trace_record *record, const char *key, uint64_t *ret_number);

/* "gas.id", "gas.version", "gas.hash": which price list. 0 or as trace_record_set(). */
int trace_record_set_schedule(struct trace_record *record, const struct gas_schedule *schedule);

/*
 * "gas.used", "gas.limit" (none when there is none) and, for every row that counted anything,
 * "gas.NAME.count", ".price", ".gas". NAME: a class of the schedule, or bytes, pages, forks, execs.
 * A class that has one of these four names would hide it: supervisor/policy refuses such schedules.
 */
int trace_record_set_account(struct trace_record *record, const struct gas_schedule *schedule,
			     const struct gas_account *account);

/* The record as msgpack: a map in the order of its keys. 0 or -ENOMEM; the caller frees *ret_data. */
int trace_record_pack(struct trace_record *record, void **ret_data, size_t *ret_size);

/*
 * Reads what trace_record_pack() makes and nothing else: other types, keys out of order or twice and bytes after the
 * map are -EBADMSG. -ENOMEM. *ret_record is the caller's to clear.
 */
int trace_record_parse(const void *data, size_t size, struct trace_record *ret_record);
