/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A plan as the agent reads it: mapped, checked once, then only looked at. */

#include <stddef.h>
#include <stdint.h>

#include "agent/abi/plan.h"

struct plan_view {
	const struct plan_header *header;
	const struct plan_op *ops;
};

/*
 * Checks `size` bytes at `data` (lent, aligned to 8) as a plan: magic, version, sizes, every data range, text that ends in NUL.
 * 0, or -EPROTO: the plan is not one, and nothing may be carried out.
 */
int plan_view_parse(const void *data, size_t size, struct plan_view *ret_view);

/* Maps the sealed memfd `fd` and parses it. 0 or -errno. The mapping lives as long as the process. */
int plan_view_map(int fd, struct plan_view *ret_view);

/* The operation's data; NULL when it has none. Text operations end in NUL (plan_view_parse checked). */
const void *plan_data(const struct plan_view *view, const struct plan_op *op);

/*
 * Splits `size` bytes of NUL-terminated words into `words` (room for `max` pointers), the first `n` of which are wanted.
 * Returns the bytes that they took, or -EPROTO.
 */
long plan_words(const char *data, size_t size, size_t n, const char **words, size_t max);
