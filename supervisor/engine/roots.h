/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Roots of sandboxes by the mounts that they show: each is built once per engine and copied for every sandbox. */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"

/* Policies in use at once; the oldest root makes room. */
enum { ROOTS_MAX = 64 };

struct roots {
	struct {
		char *key;
		size_t key_size;
		int fd;
	} entry[ROOTS_MAX];
	size_t n;
};

/* The mount namespace for `mounts`: made when it is not there. Returns a descriptor that the roots own, or -errno. */
int roots_get(struct roots *roots, const struct policy_mount *mounts, size_t n_mounts,
	      struct fault *fault);

/* Closes every namespace; the roots are empty after it and can be used again. */
void roots_clear(struct roots *roots);
