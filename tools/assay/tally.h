/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sums by name, of at most so many names: a program that makes up names costs no more memory than one that does not. */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"

enum { TALLY_ROWS_MAX = 8192, TALLY_KEY_BYTES_MAX = 4096 };

struct tally_row {
	char *key; /* bytes with a NUL; of any content before it */
	size_t key_size;
	uint64_t count, errors, ns, bytes;
};

/* All zeros is an empty one. */
struct tally {
	struct tally_row *rows;
	uint32_t n, n_allocated, n_slots;
	uint32_t *slots; /* index + 1 */
	uint64_t seed;
	struct tally_row others; /* what found no room; its key is NULL */
};

void tally_clear(struct tally *tally);

#define _cleanup_tally_ _cleanup_(tally_clear)

/*
 * The row of a name, made when it is new; `others` when there are too many or no memory. Lent until the next call. Names are cut to
 * TALLY_KEY_BYTES_MAX.
 */
struct tally_row *tally_row(struct tally *tally, const void *key, size_t size);

/* Puts the rows in descending order of the number at `offset` in struct tally_row, then by name. No tally_row() may follow. */
void tally_sort(struct tally *tally, size_t offset);
