/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A resolved policy as bytes, for the next process of the same build. No format: it changes with the structs. */

#include <stddef.h>
#include <stdio.h>

#include "lib/contract/policy.h"

/* Writes it; what goes wrong is the stream's error. */
void policy_pack(const struct policy *policy, FILE *stream);

/*
 * Makes a policy of all of `size` bytes. 0, -EBADMSG when they are not what policy_pack() wrote, or -ENOMEM. The caller frees
 * *ret_policy.
 */
int policy_unpack(const void *data, size_t size, struct policy **ret_policy);
