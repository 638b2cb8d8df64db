/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The identity of a gas schedule. */

#include "lib/contract/gas.h"

/*
 * Fills schedule->hash: hex BLAKE2b-256 over a canonical text of everything that makes the price, and of nothing else. Two schedules
 * with equal hashes charge every program alike. 0, -ENOMEM, or -EIO when libsodium cannot start.
 */
int gas_hash(struct gas_schedule *schedule);
