/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: two results can be compared when their gas was counted alike. A name does not show that (an administrator may
 * have put another file in its place), and a hash of the file would change with each comment.
 *
 * Design: the schedule is written as a text with one price a line and hashed: a line a call, with what it costs, not the
 * classes, which group calls for people. Calls that cost what an unknown one does are left out: to name a call that a new kernel
 * brings, at the price that it had as a number without a name, changes no price and so not the hash. The first line is
 * the version of this text: it changes when the text does.
 *
 * Invariant: schedules with equal texts charge every call with every result alike.
 */

#include "supervisor/policy/gas-hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <sodium.h>

#include "lib/base/mem.h"
#include "lib/contract/syscall.h"
#include "supervisor/policy/gas-schedule.h"

enum { HASH_BYTES = 32 };

_Static_assert(sizeof(((struct gas_schedule *)NULL)->hash) == HASH_BYTES * 2 + 1, "hex of 32 bytes");

static void write_class(FILE *stream, const char *call, const struct gas_class *class)
{
	const char *extra = gas_extra_name(class->extra);

	(void)fprintf(stream, "%s %" PRIu64 " %s\n", call, class->price, extra ? extra : "-");
}

static bool costs_the_same(const struct gas_class *a, const struct gas_class *b)
{
	return a->price == b->price && a->extra == b->extra;
}

static void write_schedule(FILE *stream, const struct gas_schedule *schedule)
{
	const struct gas_class *unknown = &schedule->classes[schedule->class_unknown];

	(void)fprintf(stream,
		      "assay-gas 1\nbytes %" PRIu64 " %" PRIu64 "\npages %" PRIu64
		      "\nforks %" PRIu64 "\nexecs %" PRIu64 "\n",
		      schedule->bytes_price, schedule->bytes_unit, schedule->page_price,
		      schedule->fork_price, schedule->exec_price);
	write_class(stream, "unknown", unknown);
	for (int nr = 0; nr < GAS_CALLS_MAX; nr++) {
		const struct gas_class *class = &schedule->classes[schedule->class_of[nr]];
		const char *name = syscall_name(nr);

		if (name && !costs_the_same(class, unknown))
			write_class(stream, name, class);
	}
}

int gas_hash(struct gas_schedule *schedule)
{
	_cleanup_free_ char *text = NULL;
	unsigned char hash[HASH_BYTES];
	size_t size = 0;
	FILE *stream;

	if (sodium_init() < 0)
		return -EIO;
	stream = open_memstream(&text, &size);
	if (!stream)
		return -ENOMEM;
	write_schedule(stream, schedule);
	if (fclose(stream) != 0)
		return -ENOMEM;
	if (crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, size, NULL, 0) != 0)
		return -EIO;
	(void)sodium_bin2hex(schedule->hash, sizeof(schedule->hash), hash, sizeof(hash));
	return 0;
}
