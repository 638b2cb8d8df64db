/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kernel would answer: the classic BPF of a filter, run over a struct seccomp_data. */

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
