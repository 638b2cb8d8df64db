/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A gas schedule: what each thing that the kernel sees a program do costs. supervisor/policy reads schedules from YAML, supervisor/probe
 * hands them to the kernel, results carry their id, version and hash.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	GAS_CALLS_MAX = 512, /* call numbers of x86-64 are below; the kernel's next free one is 4xx */
	GAS_CLASSES_MAX = 32, /* classes of calls in a schedule */
	GAS_NAME_BYTES = 32,
};

/* What a call of the class costs beyond its price. */
enum gas_extra {
	GAS_EXTRA_NONE = 0,
	GAS_EXTRA_BYTES, /* the bytes that it returned to have moved */
	GAS_EXTRA_PAGES, /* the pages of 4 KiB that it asked for (length of mmap, growth by brk and mremap) */
};

struct gas_class {
	char name[GAS_NAME_BYTES];
	uint64_t price; /* of a completed call; 0: waiting and scheduling, which repeat differently */
	enum gas_extra extra;
};

struct gas_schedule {
	char id[GAS_NAME_BYTES];
	unsigned int version;
	char hash[65]; /* hex BLAKE2b-256 of everything that makes the price */
	struct gas_class classes[GAS_CLASSES_MAX];
	size_t n_classes;
	uint8_t class_of[GAS_CALLS_MAX]; /* index into `classes`, by call number */
	uint8_t class_unknown;		 /* of numbers that are none, and of other architectures' */
	uint64_t bytes_price,
		bytes_unit; /* price of each whole `bytes_unit` bytes that a call moved */
	uint64_t page_price, fork_price, exec_price;
};

/* The rows of an account: classes first, then these. */
enum gas_item {
	GAS_ITEM_BYTES = GAS_CLASSES_MAX,
	GAS_ITEM_PAGES,
	GAS_ITEM_FORKS,
	GAS_ITEM_EXECS,
	GAS_ITEM_MAX
};

/* What a step was charged. The sum of `gas` is `used`. */
struct gas_account {
	uint64_t used, limit; /* limit: LIMIT_NONE when there is none */
	uint64_t gas[GAS_ITEM_MAX];
	uint64_t count[GAS_ITEM_MAX]; /* calls, bytes, pages, forks, execs */
};
