/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gas schedules from YAML: read strictly, hashed. They lie in the directory `gas` below those of the policies, one file a schedule,
 * and a policy names one. The grammar: assay-gas(5).
 */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"
#include "lib/contract/gas.h"
#include "supervisor/policy/policy-load.h"

enum {
	GAS_PRICE_MAX = 1000000, /* of a call, a fork, an exec, and of a unit of bytes */
	/* Of a page: one call may ask for 2^52 of them (the address space), which must stay below 2^63 gas. */
	GAS_PAGE_PRICE_MAX = 1000,
	GAS_BYTES_UNIT_MAX = 1 << 30,
};

/* What a schedule's file says to people; no part of the price. */
struct gas_notes {
	char *file, *summary;
	char *reasons[GAS_ITEM_MAX]; /* by the rows of an account: classes, then bytes, pages, ... */
};

/* Frees the texts. */
void gas_notes_clear(struct gas_notes *notes);

#define _cleanup_gas_notes_ _cleanup_(gas_notes_clear)

/*
 * Loads the schedule called `name_or_path`: a name ("assay-1") is looked up in DIR/gas of the directories, text with a '/' or ending
 * in ".yaml" is a file. 0; -ENOENT; -EINVAL for content; -errno. The fault's text for content is "FILE:LINE:COLUMN: what is wrong;
 * what was expected". *ret_schedule is plain memory that owns nothing. Any thread.
 */
int gas_schedule_load(const struct policy_dirs *dirs, const char *name_or_path,
		      struct gas_schedule *ret_schedule, struct fault *fault);

/* The same with what the file says to people; the caller clears *ret_notes after a success. */
int gas_schedule_load_noted(const struct policy_dirs *dirs, const char *name_or_path,
			    struct gas_schedule *ret_schedule, struct gas_notes *ret_notes,
			    struct fault *fault);

/* The same from one file; `ret_notes` may be NULL. */
int gas_schedule_load_file(const char *path, struct gas_schedule *ret_schedule,
			   struct gas_notes *ret_notes, struct fault *fault);

struct policy_search;

/*
 * The schedule called `name` as a policy with this search sees it (`below` is not looked at). -ENOENT fills no fault: the caller
 * knows who asked.
 */
int gas_schedule_find(const struct policy_search *search, const char *name,
		      struct gas_schedule *ret_schedule, struct fault *fault);

/* The same from memory; `file` names it in messages and must end with its id and ".yaml". */
int gas_schedule_parse(const char *file, const void *data, size_t size,
		       struct gas_schedule *ret_schedule, struct gas_notes *ret_notes,
		       struct fault *fault);

/* Names of all schedules, sorted; files that cannot be read too. The caller frees with strv_free. */
int gas_schedule_list(const struct policy_dirs *dirs, char ***ret_names, struct fault *fault);

/* The name of a row of an account that is no class: "bytes", "pages", "forks", "execs". NULL for others. */
const char *gas_item_name(enum gas_item item);

/* "bytes", "pages", or NULL for GAS_EXTRA_NONE. */
const char *gas_extra_name(enum gas_extra extra);
