/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: most of a profile answers a call by its number alone, and neighbours mostly get the same answer.
 *
 * Design: a tree of comparisons, laid out so that each node is followed by its lower half: "is it at or above the middle?" jumps
 * over that half. A conditional jump reaches 255 instructions; where the half is longer, an unconditional one stands in between.
 * n ranges take n leaves and n - 1 comparisons.
 *
 * Source: Documentation/networking/filter.rst (classic BPF), seccomp(2).
 */

#include "supervisor/policy/seccomp-ranges.h"

#include <linux/seccomp.h>

#include "supervisor/policy/seccomp-native.h"

enum {
	PROLOGUE = 6,
	REACH = 255, /* of a conditional jump */
};

void seccomp_ranges_add(struct seccomp_ranges *ranges, uint32_t first, uint32_t answer)
{
	if (ranges->n > 0 && ranges->range[ranges->n - 1].answer == answer)
		return;
	ranges->range[ranges->n++] = (struct seccomp_range){first, answer};
}

/* Instructions for the ranges from `low` up to `high`, `high` left out. */
static size_t length(size_t low, size_t high)
{
	size_t middle = low + (high - low) / 2, lower;

	if (high - low == 1)
		return 1;
	lower = length(low, middle);
	return 1 + (lower > REACH) + lower + length(middle, high);
}

size_t seccomp_ranges_length(const struct seccomp_ranges *ranges)
{
	return PROLOGUE + length(0, ranges->n);
}

/* Writes them at `at`; what depends jumps to `end`. Returns what follows. */
static struct sock_filter *write_part(const struct seccomp_ranges *ranges, size_t low, size_t high,
				      struct sock_filter *at, const struct sock_filter *end)
{
	size_t middle = low + (high - low) / 2, lower;

	if (high - low == 1) {
		uint32_t answer = ranges->range[low].answer;

		*at = answer == SECCOMP_ANSWER_DEPENDS ?
			      (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
							   (uint32_t)(end - at - 1)) :
			      (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
		return at + 1;
	}
	lower = length(low, middle);
	if (lower <= REACH) {
		*at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						     ranges->range[middle].first, (uint8_t)lower, 0);
	} else {
		*at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						     ranges->range[middle].first, 0, 1);
		*at++ = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)lower);
	}
	at = write_part(ranges, low, middle, at, end);
	return write_part(ranges, middle, high, at, end);
}

void seccomp_ranges_write(const struct seccomp_ranges *ranges, struct sock_filter *to)
{
	uint32_t total = (uint32_t)seccomp_ranges_length(ranges);
	const struct sock_filter prologue[PROLOGUE] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_NATIVE_ARCH, 1, 0),
		BPF_STMT(BPF_JMP | BPF_JA, total - 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SECCOMP_X32_BIT, 0, 1),
		BPF_STMT(BPF_JMP | BPF_JA, total - 6),
	};

	for (size_t i = 0; i < PROLOGUE; i++)
		to[i] = prologue[i];
	(void)write_part(ranges, 0, ranges->n, to + PROLOGUE, to + total);
}
