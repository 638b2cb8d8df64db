/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* NULL-terminated arrays of owned strings, as execve(2) takes them. NULL is the empty array. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/mem.h"

/* How many strings. */
size_t strv_length(char *const *strings);

/* Frees every string and the array. Returns NULL. */
char **strv_free(char **strings);

static inline void strv_free_ptr(char ***strings)
{
	(void)strv_free(*strings);
}

#define _cleanup_strv_ _cleanup_(strv_free_ptr)

/* Appends a copy of `string`. 0 or -ENOMEM (the array is then unchanged). */
int strv_append(char ***strings, const char *string);

/*
 * Appends `string` itself and owns it also on failure. 0 or -ENOMEM. NULL is a failed allocation of the caller's:
 * -ENOMEM, so that strv_consume(&v, strdup(x)) needs no check of its own.
 */
int strv_consume(char ***strings, char *string);

/* Appends copies of all of `more`. 0 or -ENOMEM. */
int strv_extend(char ***strings, char *const *more);

/* A deep copy; NULL stays NULL. 0 or -ENOMEM. */
int strv_copy(char *const *strings, char ***ret_copy);

/* Whether the array has a string equal to `string`. */
bool strv_contains(char *const *strings, const char *string);

/*
 * The first `n` strings with `separator` between them, "" for none. Returns a string that the caller owns, or NULL when
 * there is no memory. The array needs no end, so it may be one that a parser filled.
 */
char *strv_join(char *const *strings, size_t n, const char *separator);
