/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `assay gas`: what its verbs share. */

#include <jansson.h>

#include "lib/contract/gas.h"
#include "supervisor/policy/gas-schedule.h"
#include "tools/assay/term.h"

/* A schedule and what its file says to people. */
struct gas_view {
	const struct gas_schedule *schedule;
	const struct gas_notes *notes;
};

/* The price of a row of an account that is no class. */
uint64_t gas_item_price(const struct gas_schedule *schedule, enum gas_item item);

/* The names of a class's calls, sorted, into `ret_calls`. How many. */
size_t gas_calls_of(const struct gas_schedule *schedule, size_t class,
		    const char *ret_calls[GAS_CALLS_MAX]);

/* Writes the schedule for people: a table of prices, then reasons and calls. 0 or -ENOMEM. */
int gas_show_text(const struct gas_view *view, const struct term *term);

/* The same as a JSON object (assay-gas(1)), to be released by the caller; NULL when there is no memory. */
json_t *gas_show_json(const struct gas_view *view);

/* The keys that a list of schedules has too. */
json_t *gas_json_head(const struct gas_view *view);

/* `assay gas explain`, as the member `run` of struct verb. */
int gas_explain(int argc, char **argv);
