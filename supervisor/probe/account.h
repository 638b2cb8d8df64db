/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Between a gas schedule and what the kernel side needs of it, and back from its counts to an account. Pure functions. */

#include "bpf/abi/state.h"
#include "lib/contract/gas.h"
#include "lib/contract/result.h"

/*
 * Fills the prices of `config` from a schedule, or with zeros for NULL. 0, or -ERANGE: a price or a class is out of the range that the kernel side
 * can add up.
 */
int account_prices(const struct gas_schedule *schedule, struct probe_config *config);

/* The account of what was counted. `schedule` may be NULL: then all is 0. */
void account_fill(const struct gas_schedule *schedule, const struct probe_sandbox *sandbox,
		  struct gas_account *ret_account);

/* Whether the account's parts add up to what the kernel side compared with the limit. */
bool account_sums_up(const struct gas_account *account);

/* The counters of a result. */
void account_counters(const struct probe_counts *counts, struct step_counters *ret_counters);
