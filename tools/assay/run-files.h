/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the files that the caller names to a submission: everything is read and
 * sealed before anything runs. */

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "lib/contract/submission.h"
#include "tools/assay/run-options.h"

/*
 * Reads sources, input, answer or tests, and takes over the options' args and
 * env. `policy` is lent; with it the names are checked: no two files may have
 * the same one in the work directory. 0, or -errno with a fault that names the
 * file and what is wrong with it; the caller clears *ret_submission
 * (submission_clear) on success only.
 */
int run_files_read(struct run_options *options, const struct policy *policy,
		   struct submission *ret_submission, struct fault *fault);

/* The name that a path has in the sandbox: what follows the last '/'. Points
 * into `path`. */
const char *run_files_name(const char *path);
