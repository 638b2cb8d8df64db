/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What no profile may allow, and what every profile must. */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/policy/seccomp-profile.h"

/*
 * Checks a profile's rules before it is compiled: no closed call is allowed, no needed call is
 * missing. 0, or -EINVAL with the place of the rule. Any thread.
 */
int seccomp_closed_check_rules(const struct seccomp_profile *profile, struct fault *fault);

/*
 * Asks the finished filter about every closed call, about the arguments that are closed where the
 * call is not, and about the needed calls. 0, or -EINVAL with the place of the rule that lets a
 * call through.
 */
int seccomp_closed_check_filter(const struct seccomp_profile *profile,
				const struct policy_filter *filter, struct fault *fault);
