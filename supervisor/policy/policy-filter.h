/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the engine wants of seccomp besides policies: the filter of a profile by name, and names for denied calls. */

#include <stddef.h>
#include <stdint.h>

#include "supervisor/policy/policy-load.h"

/*
 * Compiles the profile called `profile` (policies/seccomp/NAME.yaml). 0 or -errno with a fault; what *ret_filter holds is owned by the
 * caller (policy_filter_clear).
 */
int policy_filter_load(const struct policy_dirs *dirs, const char *profile,
		       struct policy_filter *ret_filter, struct fault *fault);

/* Frees what is in it, not the struct itself; an empty one stays empty. */
void policy_filter_clear(struct policy_filter *filter);

/*
 * Writes the name of call `nr` of architecture `arch` (AUDIT_ARCH_*, as in struct seccomp_data), or "NR:arch=0x..." when there is none.
 */
void policy_call_name(uint32_t arch, int nr, char *buffer, size_t size);
