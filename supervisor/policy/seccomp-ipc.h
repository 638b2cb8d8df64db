/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a filter leaves of an ipc namespace. */

#include <stdbool.h>

#include "lib/contract/policy.h"

/*
 * Whether it is certain that nobody under `filter` makes, changes, uses or sees anything in an ipc namespace by a system call, of
 * whatever table of calls. Any thread.
 */
bool seccomp_ipc_closed(const struct policy_filter *filter);
