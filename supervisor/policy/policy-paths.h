/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which paths a policy may name. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Absolute, without empty, "." and ".." components, control bytes or a slash at the end; not "/".
 */
bool policy_path_ok(const char *path);

/* Whether a host's path may be mounted; false with a sentence in `error`. */
bool policy_source_ok(const char *path, char *error, size_t error_size);

/* Whether a path in the sandbox may be mounted on; false with a sentence in `error`. */
bool policy_target_ok(const char *path, char *error, size_t error_size);
