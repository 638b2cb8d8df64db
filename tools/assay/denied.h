/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A refused system call in words. */

#include <stddef.h>

#include "lib/contract/result.h"

/*
 * How many of the six registers are arguments of the call; 6 when that is not known, 0 when nothing was read of it. The others hold what
 * the program last put there.
 */
size_t denied_arity(const struct denied_call *call);

/*
 * Writes `socket(2, 1, 0) by python3 [pid 7]`. Its arguments are shown: small ones and small negative ones in decimal, others in hexadecimal. The program's name is escaped. Of a
 * call that was interrupted before it could be read: `keyctl, interrupted before it could be read`.
 * Returns `buffer`, in which the text is cut when it does not fit.
 */
const char *denied_describe(const struct denied_call *call, char *buffer, size_t size);
