/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policies from YAML: read strictly, inherit by `extends`, resolve, compile. The grammar:
 * policies/README.md.
 */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"

/*
 * Where policies come from: the packaged directory and, before it, the administrator's (may be
 * NULL).
 */
struct policy_dirs {
	const char *admin;  /* /etc/assay/policies */
	const char *vendor; /* PREFIX/share/assay/policies */
};

/*
 * Loads the policy called `name_or_path`: a name ("cpp") is looked up in the directories, text with
 * a '/' or ending in ".yaml" is a file. Bases named by `extends`, and seccomp profiles, are looked
 * up in the file's directory when a file was asked for, then in the directories. The seccomp
 * filters are compiled. On failure returns -errno (-EINVAL for content) and the fault's text is
 * "FILE:LINE:COLUMN: what is wrong; what was expected". The caller frees *ret_policy.
 */
int policy_load(const struct policy_dirs *dirs, const char *name_or_path,
		struct policy **ret_policy, struct fault *fault);

struct seccomp_profile;

/*
 * Loads the profile called `profile` as the policy `name_or_path` sees it, for showing. The caller
 * frees *ret_profile with seccomp_profile_free (seccomp-profile.h).
 */
int policy_load_profile(const struct policy_dirs *dirs, const char *name_or_path,
			const char *profile, struct seccomp_profile **ret_profile,
			struct fault *fault);

/*
 * Finds the policy whose `extensions` has the ending of `file_name`. -ENOENT with a sentence that
 * lists what there is.
 */
int policy_load_for_file(const struct policy_dirs *dirs, const char *file_name,
			 struct policy **ret_policy, struct fault *fault);

/*
 * Names of all policies that can be loaded by name, sorted, without abstract bases. The caller
 * frees with strv_free.
 */
int policy_list(const struct policy_dirs *dirs, char ***ret_names, struct fault *fault);

/*
 * Checks a file without making a policy of it: abstract bases too, seccomp profiles when the file lies in a directory called
 * "seccomp", and gas schedules when it is called "gas". 0, or -errno with a fault as policy_load gives it.
 */
int policy_check_file(const struct policy_dirs *dirs, const char *path, struct fault *fault);

/*
 * The same for a policy in memory; `file` names it in messages and must end with its name and
 * ".yaml". Bases are looked up in `dirs` only.
 */
int policy_check_text(const struct policy_dirs *dirs, const char *file, const void *data,
		      size_t size, struct fault *fault);
