/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a root is made of; for root-make.c alone. */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"

struct root_request {
	const struct policy_mount *mounts;
	size_t n_mounts;
	int *trees; /* room for one a mount */
};

/*
 * Gives the calling thread a mount namespace in which there is nothing but the new root, and leaves it there. 0 or -errno. Context: a thread that
 * does nothing else afterwards.
 */
int root_build(const struct root_request *request, struct fault *fault);

/*
 * Writes etc/ld.so.cache below `root`, with the host's lines about what the mounts show. 0, also when there is nothing to write or the host's is not
 * understood, or -errno. Context: the host's root is the caller's, and `root` has a directory etc.
 */
int root_libraries(int root, const struct root_request *request);

/*
 * Of a cache of `size` bytes, behind which there is a NUL, the lines about what the mounts show. How many there are, with the new cache in
 * *ret_bytes (the caller's, by malloc()) when there are some; -EFBIG, -EINVAL, -EOPNOTSUPP: it is too large, broken, or has variants; -ENOMEM.
 */
int root_libraries_copy(const char *cache, size_t size, const struct root_request *request,
			char **ret_bytes, size_t *ret_size);
