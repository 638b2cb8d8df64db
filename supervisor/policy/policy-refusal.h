/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Telling a filter's refusal from an ordinary failure, and which call it ended a step for, after the fact. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/contract/gas.h"
#include "lib/contract/policy.h"

/* Sets bit e (of 192) for every errno e that the filter may answer. */
void policy_filter_refusals(const struct policy_filter *filter, uint64_t ret_errnos[static 3]);

/* Whether a call of x86-64 with this number, these arguments and the result `ret` was refused by the filter. */
bool policy_filter_refuses(const struct policy_filter *filter, int nr,
			   const uint64_t args[static 6], int64_t ret);

/* Whether the filter ends a step for every call of x86-64 with this number, whatever its arguments are. */
bool policy_filter_denies(const struct policy_filter *filter, int nr);

/*
 * The number of a call that the filter ended a step for, and of which no more is known than that it was interrupted. Of the calls of x86-64
 * that were (`interrupted`, by number; the last one: any other), it is the only one that the filter may do that for. -1 when there is no such
 * call or more than one.
 */
int policy_filter_denied_number(const struct policy_filter *filter,
				const bool interrupted[static GAS_CALLS_MAX]);
