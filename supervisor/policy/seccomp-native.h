/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The architecture that filters are made for: the one that this program is built for. */

#include <linux/audit.h>

#if defined(__x86_64__)
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "filters are made and tested for x86_64 and aarch64"
#endif

/*
 * x32 calls have this bit in their number (x86_64 only). Source:
 * arch/x86/include/uapi/asm/unistd.h.
 */
#define SECCOMP_X32_BIT 0x40000000u
