/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ownership of memory by attribute: a reader proves from one function alone that nothing leaks.
 * The idea is systemd's (docs/CODING_STYLE.md): a variable marked _cleanup_free_ is freed when it
 * leaves scope, TAKE_PTR hands it on.
 */

#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_ __attribute__((unused))
#define _nodiscard_ __attribute__((warn_unused_result))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Hands the pointer on and leaves NULL behind, so that its cleanup finds nothing. */
#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

/* The cleanup behind _cleanup_free_; `p` is the address of the variable. */
static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

#define _cleanup_free_ _cleanup_(free_ptr)

/* `n` zeroed objects of the type, or NULL with errno ENOMEM; the caller owns them. */
#define new0(type, n) ((type *)calloc((n), sizeof(type)))
