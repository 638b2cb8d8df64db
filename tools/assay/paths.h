/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where an installation of assay (or a build directory, which has the same layout) keeps its parts. */

#include "supervisor/policy/policy-load.h"

/*
 * Directories of policies: the administrator's /etc/assay/policies when it exists, and the packaged one, beside the
 * executable (EXE/../share/assay/policies) or, when that does not exist, the one given at compile time. Found once; never
 * NULL, owned by the module. From one thread only.
 */
const struct policy_dirs *paths_policy_dirs(void);

/* Directory of assay-agent and assay-checker, found likewise (EXE/../libexec/assay). Never NULL. */
const char *paths_libexec_dir(void);
