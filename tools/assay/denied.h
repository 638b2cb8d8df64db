/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A refused system call in words. */

#include <stddef.h>

#include "lib/contract/result.h"

/*
 * Writes `socket(2, 1, 0) by python3 [pid 7]`. As many arguments are shown as the call has (all six when that is not known):
 * small ones and small negative ones in decimal, others in hexadecimal. The program's name is escaped.
 * Returns `buffer`, in which the text is cut when it does not fit.
 */
const char *denied_describe(const struct denied_call *call, char *buffer, size_t size);
