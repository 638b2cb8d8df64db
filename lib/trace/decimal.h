/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers as printf(3) writes them, several times as fast: they are most of what is written of a trace. */

#include <stdint.h>
#include <stdio.h>

/* As "%s%" PRIu64 does. */
void decimal_put(FILE *stream, const char *before, uint64_t number);

/* As "%s%" PRId64 does. */
void decimal_put_signed(FILE *stream, const char *before, int64_t number);

/* As "%s%" PRIu64 ".%03" PRIu64 does, of thousandths: nanoseconds as microseconds. */
void decimal_put_thousandths(FILE *stream, const char *before, uint64_t thousandths);
