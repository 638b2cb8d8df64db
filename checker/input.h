/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A whole file as bytes in memory. */

#include "checker/compare.h"

/* What a pipe may bring; a regular file is mapped whatever its size is. */
#define INPUT_STREAM_BYTES_MAX ((size_t)1 << 30)

/*
 * Makes all bytes of the file behind `fd` readable, from its start, until the process ends. 0; -EFBIG when what cannot be
 * mapped is over INPUT_STREAM_BYTES_MAX; or -errno. A regular file must not shrink meanwhile (sealed memfds cannot).
 */
int input_open(int fd, struct text *ret_text);
