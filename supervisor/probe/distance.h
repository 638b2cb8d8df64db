/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where what was taken from tasks of a CPU is noted. */

#include <stdint.h>

/* From a CPU's run queue, in bytes; 0: this kernel notes no such thing. */
struct distances {
	int64_t steal, irq;
};

/* Reads them from the kernel's types: some ms of CPU time. Any thread. */
struct distances distances_find(void);
