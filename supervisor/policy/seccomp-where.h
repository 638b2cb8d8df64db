/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Conditions on the arguments of a system call, as profiles write them: "int0 == AF_UNIX and int1
 * in 1 2 5".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"

enum {
	SECCOMP_ARGS = 6,
	SECCOMP_ALTERNATIVES_MAX = 64, /* of one call; each is one rule of libseccomp */
};

/* (args[arg] & mask) == value */
struct seccomp_match {
	unsigned int arg;
	uint64_t mask, value;
};

/* All of `matches`, at most one an argument, in order of the argument. */
struct seccomp_alternative {
	struct seccomp_match matches[SECCOMP_ARGS];
	size_t n_matches;
};

struct seccomp_where {
	struct seccomp_alternative alternatives[SECCOMP_ALTERNATIVES_MAX]; /* any of them */
	size_t n_alternatives;
};

/*
 * Parses one condition and adds its alternatives to `where`. 0; -EINVAL or -E2BIG with a sentence
 * ("what is wrong; what was expected") in `error`; `where` may then hold a part of it.
 */
int seccomp_where_parse(const char *text, struct seccomp_where *where, char *error,
			size_t error_size);

/* Whether a call with these arguments satisfies any alternative. */
bool seccomp_where_holds(const struct seccomp_where *where, const uint64_t args[SECCOMP_ARGS]);

/* The value of a constant's name ("AF_UNIX"), or a number in decimal or 0x. 0 or -ENOENT. */
int seccomp_symbol(const char *name, size_t length, uint64_t *ret_value);
