/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A trace may hold millions of different paths. A summary shows the first twenty; so names are counted up to a limit, and what is
 * new after that goes into one row, which is shown too. The hash has a random seed, since programs choose the names.
 */

#include "tools/assay/tally.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { SLOTS = 2 * TALLY_ROWS_MAX };

void tally_clear(struct tally *tally)
{
	for (uint32_t i = 0; i < tally->n; i++)
		free(tally->rows[i].key);
	free(tally->rows);
	free(tally->slots);
	*tally = (struct tally){0};
}

/* FNV-1a from a random start, mixed once more. */
static uint64_t hash(const struct tally *tally, const uint8_t *data, size_t size)
{
	uint64_t h = tally->seed;

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001b3);
	return (h ^ h >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

static int prepare(struct tally *tally)
{
	if (tally->slots)
		return 0;
	if (getrandom(&tally->seed, sizeof(tally->seed), 0) != (ssize_t)sizeof(tally->seed))
		tally->seed = (uintptr_t)tally;
	tally->slots = new0(uint32_t, SLOTS);
	return tally->slots ? 0 : -ENOMEM;
}

static struct tally_row *append(struct tally *tally, const void *key, size_t size)
{
	if (tally->n == tally->n_allocated) {
		uint32_t n = MAX(tally->n_allocated * 2, UINT32_C(32));
		struct tally_row *rows = reallocarray(tally->rows, n, sizeof(*rows));

		if (!rows)
			return NULL;
		tally->rows = rows;
		tally->n_allocated = n;
	}
	char *copy = malloc(size + 1);
	if (!copy)
		return NULL;
	memcpy(copy, key, size);
	copy[size] = '\0';
	tally->rows[tally->n] = (struct tally_row){.key = copy, .key_size = size};
	return &tally->rows[tally->n++];
}

struct tally_row *tally_row(struct tally *tally, const void *key, size_t size)
{
	size = MIN(size, (size_t)TALLY_KEY_BYTES_MAX);
	if (prepare(tally) < 0)
		return &tally->others;
	uint32_t slot = (uint32_t)hash(tally, key, size) % SLOTS;
	for (; tally->slots[slot]; slot = (slot + 1) % SLOTS) {
		struct tally_row *row = &tally->rows[tally->slots[slot] - 1];

		if (row->key_size == size && memcmp(row->key, key, size) == 0)
			return row;
	}
	struct tally_row *row = tally->n < TALLY_ROWS_MAX ? append(tally, key, size) : NULL;
	if (!row)
		return &tally->others;
	tally->slots[slot] = tally->n;
	return row;
}

static int compare(const void *a, const void *b, void *offset)
{
	const struct tally_row *left = a, *right = b;
	uint64_t x = *(const uint64_t *)((const char *)a + *(size_t *)offset);
	uint64_t y = *(const uint64_t *)((const char *)b + *(size_t *)offset);
	int r = memcmp(left->key, right->key, MIN(left->key_size, right->key_size) + 1);

	return x != y ? (x < y ? 1 : -1) : r;
}

void tally_sort(struct tally *tally, size_t offset)
{
	if (tally->n > 0)
		qsort_r(tally->rows, tally->n, sizeof(*tally->rows), compare, &offset);
	free(tally->slots);
	tally->slots = NULL;
}
