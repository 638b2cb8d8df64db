/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the agent's libc (musl) has no functions and constants for, under the names that glibc gives it: the unit tests are linked with that one.
 * Source: close_range(2).
 */

#include <features.h>
#include <unistd.h>

#ifdef __GLIBC__

#include <sys/mount.h>

#else

#include <linux/mount.h>
#include <stddef.h>
#include <sys/syscall.h>

static inline int close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

#endif
