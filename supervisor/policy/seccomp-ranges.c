/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: most of a profile answers a call by its number alone, and neighbours mostly get the same answer.
 *
 * Design: a tree of comparisons, laid out so that each node is followed by its lower half: "is it at or above the middle?" jumps
 * over that half. n ranges take n - 1 comparisons, which jump to a few shared leaves at the end, one an answer. A conditional jump
 * reaches 255 instructions. So many ranges that the leaves may be out of reach (no profile has them) have leaves of their own, and where
 * a half is longer than a jump, an unconditional one stands in between.
 *
 * Source: Documentation/networking/filter.rst (classic BPF), seccomp(2).
 */

#include "supervisor/policy/seccomp-ranges.h"

#include <stdbool.h>

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

/* The answers, each once. */
struct leaves {
	uint32_t answer[REACH];
	size_t n;
};

static size_t leaf_find(const struct leaves *leaves, uint32_t answer)
{
	size_t i = 0;

	while (i < leaves->n && leaves->answer[i] != answer)
		i++;
	return i;
}

/* False when a jump from the first comparison could not reach the last leaf. */
static bool leaves_share(const struct seccomp_ranges *ranges, struct leaves *leaves)
{
	leaves->n = 0;
	for (size_t i = 0; i < ranges->n && leaves->n + ranges->n <= REACH; i++)
		if (leaf_find(leaves, ranges->range[i].answer) == leaves->n)
			leaves->answer[leaves->n++] = ranges->range[i].answer;
	return leaves->n + ranges->n <= REACH;
}

static struct sock_filter leaf(uint32_t answer, size_t to_end)
{
	return answer == SECCOMP_ANSWER_DEPENDS ?
		       (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)to_end) :
		       (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
}

/* A search with shared leaves while it is written. */
struct search {
	const struct seccomp_ranges *ranges;
	const struct leaves *leaves;
	struct sock_filter *to; /* its first comparison */
	size_t next;		/* where the next one goes */
};

/* Writes the comparisons for the ranges from `low` up to `high`, `high` left out. Returns where they begin: at a leaf for a single one. */
static size_t write_search(struct search *search, size_t low, size_t high)
{
	const struct seccomp_range *range = search->ranges->range;
	size_t middle = low + (high - low) / 2, here, lower, upper;

	if (high - low == 1)
		return search->ranges->n - 1 + leaf_find(search->leaves, range[low].answer);
	here = search->next++;
	lower = write_search(search, low, middle);
	upper = write_search(search, middle, high);
	search->to[here] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, range[middle].first,
					     (uint8_t)(upper - here - 1),
					     (uint8_t)(lower - here - 1));
	return here;
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
	struct leaves leaves;

	return PROLOGUE +
	       (leaves_share(ranges, &leaves) ? ranges->n - 1 + leaves.n : length(0, ranges->n));
}

/* Writes them at `at`; what depends jumps to `end`. Returns what follows. */
static struct sock_filter *write_part(const struct seccomp_ranges *ranges, size_t low, size_t high,
				      struct sock_filter *at, const struct sock_filter *end)
{
	size_t middle = low + (high - low) / 2, lower;

	if (high - low == 1) {
		*at = leaf(ranges->range[low].answer, (size_t)(end - at - 1));
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

	struct leaves leaves;

	for (size_t i = 0; i < PROLOGUE; i++)
		to[i] = prologue[i];
	if (!leaves_share(ranges, &leaves)) {
		(void)write_part(ranges, 0, ranges->n, to + PROLOGUE, to + total);
		return;
	}
	(void)write_search(&(struct search){ranges, &leaves, to + PROLOGUE, 0}, 0, ranges->n);
	for (size_t i = 0; i < leaves.n; i++)
		to[total - leaves.n + i] = leaf(leaves.answer[i], leaves.n - 1 - i);
}
