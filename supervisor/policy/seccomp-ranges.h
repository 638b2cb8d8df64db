/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The part of a filter that looks at nothing but the number of a native call: ranges of numbers with one answer each, searched by halves.
 */

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

/* More than the numbers that there are. */
enum { SECCOMP_RANGES_MAX = 1024 };

/* The answer depends on more than the number: what follows the search says. No answer of the kernel's has this value. */
#define SECCOMP_ANSWER_DEPENDS UINT32_C(0xffffffff)

struct seccomp_ranges {
	struct seccomp_range {
		uint32_t first; /* the range ends where the next one begins; the last never */
		uint32_t answer;
	} range[SECCOMP_RANGES_MAX + 1];
	size_t n;
};

/* Says what the numbers from `first` on are answered. Numbers come in order, from 0. */
void seccomp_ranges_add(struct seccomp_ranges *ranges, uint32_t first, uint32_t answer);

/* How many instructions seccomp_ranges_write() writes. */
size_t seccomp_ranges_length(const struct seccomp_ranges *ranges);

/*
 * Writes the search into `to`, which has room for it. What is not a native call, and what depends, goes on at the instruction after the
 * last one, which must load what it looks at by itself.
 */
void seccomp_ranges_write(const struct seccomp_ranges *ranges, struct sock_filter *to);
