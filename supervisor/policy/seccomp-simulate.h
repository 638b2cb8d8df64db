/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kernel would answer: the classic BPF of a filter, run over a struct seccomp_data, or over all that there may be. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

/*
 * Runs `filter` (`n` instructions) over `data`. Returns the filter's answer (SECCOMP_RET_*), or
 * SECCOMP_RET_KILL_PROCESS when the program is one that the kernel would not load.
 * Source: Documentation/networking/filter.rst, kernel/seccomp.c seccomp_check_filter().
 */
uint32_t seccomp_simulate(const struct sock_filter *filter, size_t n,
			  const struct seccomp_data *data);

/*
 * Whether it is certain that a call of this number and architecture (AUDIT_ARCH_*) is not made under `filter` (`n` instructions, at most
 * BPF_MAXINSNS), whatever its arguments are. A notification refuses: no notification is ever answered here, so none lets its call go on.
 * Source: seccomp(2), "Seccomp filters".
 */
bool seccomp_refuses(const struct sock_filter *filter, size_t n, int nr, uint32_t arch);

/* The same of all calls of this architecture, whatever their numbers are. */
bool seccomp_refuses_all(const struct sock_filter *filter, size_t n, uint32_t arch);

enum seccomp_answered { SECCOMP_NEVER, SECCOMP_PERHAPS, SECCOMP_ALWAYS };

/*
 * Whether `filter` (`n` instructions, at most BPF_MAXINSNS) answers a call of this number and architecture (AUDIT_ARCH_*) with `answer`
 * (SECCOMP_RET_*, compared whole), whatever its arguments are. Never and always are certain.
 */
enum seccomp_answered seccomp_answers(const struct sock_filter *filter, size_t n, int nr,
				      uint32_t arch, uint32_t answer);
