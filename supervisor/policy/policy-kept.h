/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Policies that an earlier process loaded. */

#include "supervisor/policy/policy-load.h"

/*
 * policy_load(), by way of what an earlier process of the same build kept in the directory `state_dir`: when every file is as it was, the policy is what
 * policy_load() would make of them, in a twentieth of the time. Where nothing can be kept (the directory is not root's alone, or we are not root) it
 * is policy_load().
 */
int policy_load_kept(const struct policy_dirs *dirs, const char *name_or_path,
		     const char *state_dir, struct policy **ret_policy, struct fault *fault);

/* policy_load_for_file() in the same way; without what was kept that reads every policy there is. */
int policy_load_for_file_kept(const struct policy_dirs *dirs, const char *file_name,
			      const char *state_dir, struct policy **ret_policy,
			      struct fault *fault);
