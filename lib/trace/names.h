/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers of the kernel's interface by the names of its headers. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/contract/syscall.h"

/*
 * Writes a number whose names depend on what kind of argument it is: "O_RDONLY|O_CLOEXEC", "PROT_READ", "SIGKILL",
 * "AT_FDCWD". Bits and numbers without a name follow in hexadecimal or decimal. False, and nothing is written, when the kind has no names.
 */
bool trace_names_write(FILE *stream, enum syscall_arg kind, uint64_t value);

/* "SIGKILL", or "signal N". `buffer` has 16 bytes; returns it. */
const char *trace_signal_name(uint64_t number, char buffer[static 16]);

/* "ENOENT", or "errno N", of a negative result. `buffer` has 16 bytes; returns it. */
const char *trace_error_name(int64_t result, char buffer[static 16]);
