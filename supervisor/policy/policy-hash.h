/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The identity of a resolved policy. */

#include "lib/contract/policy.h"
#include "supervisor/policy/seccomp-profile.h"

/*
 * Fills policy->hash: BLAKE2b-256 over a canonical text of all that decides how a submission is
 * run, the profiles' rules included (`compile` is NULL when there is no compile step), hosts and
 * wording for people left out. Two policies with equal hashes run a submission alike. To be called
 * before {arch} is replaced. 0, -ENOMEM, or -EIO when libsodium cannot start.
 */
int policy_hash(struct policy *policy, const struct seccomp_profile *compile,
		const struct seccomp_profile *run);
