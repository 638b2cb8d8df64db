/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The bill of a step or a trace, from what step records say. */

#include <stdbool.h>
#include <stdio.h>

#include "lib/trace/record.h"
#include "tools/assay/term.h"

enum { BILL_ROWS_MAX = 64 };

struct bill_row {
	char name[GAS_NAME_BYTES + 1];
	uint64_t count, price, gas;
};

struct bill {
	struct bill_row rows[BILL_ROWS_MAX];
	size_t n;
	uint64_t used, limit, bytes_unit;
	bool is_there, has_limit;
};

/* Adds what a step's record says; rows of one name are summed. */
void bill_add(struct bill *bill, const struct trace_record *record);

/* The most expensive first. */
void bill_sort(struct bill *bill);

/* Writes it as a table. 0 or -ENOMEM. */
int bill_write_text(const struct bill *bill, const struct term *term);

/* Writes it as a JSON object. */
void bill_write_json(const struct bill *bill, FILE *stream);
