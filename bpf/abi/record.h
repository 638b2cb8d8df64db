/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * What the kernel side writes into the rings: a head of 64 bytes, then tails: texts, each with its type, its size, and the room that it
 * has. Rooms are fixed per shape of record, so that the verifier knows every offset; an empty one has size 0. Both sides of
 * one build include this file; numbers are never reused.
 */

#ifdef __bpf__
#include "vmlinux.h"
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#else
#include <linux/types.h>
#include <stddef.h>
#endif

enum {
	PROBE_ABI_VERSION = 1,
	PROBE_HEAD_ARGS = 2, /* arguments in the head; the others are in PROBE_TAIL_ARGS */
	PROBE_TAIL_ARGS_N = 4,
	PROBE_TEXT_SHORT = 256, /* holds most paths; what does not fit gets a long record */
	PROBE_TEXT_LONG = 4096,
	PROBE_NAME_BYTES = 256, /* a component of a path with its NUL */
	PROBE_NAMES_MAX = 64,	/* components that are followed; a deeper object is unresolved */
	PROBE_COMM_BYTES = 16,
	PROBE_SOCKADDR_BYTES = 128, /* struct sockaddr_storage */
};

/* Kinds and flags have the numbers of lib/contract/event.h (supervisor/probe asserts it). */
enum probe_kind {
	PROBE_START = 1,
	PROBE_SYSCALL = 2,
	PROBE_EXEC = 3,
	PROBE_FORK = 4,
	PROBE_EXIT = 5,
	PROBE_SIGNAL = 6,
	PROBE_DENIED = 8,
	PROBE_OOM = 9,
};

enum probe_flag {
	PROBE_FAULTED = 1 << 0,
	PROBE_TRUNCATED = 1 << 1,
	PROBE_CLAIMED = 1 << 2,
	PROBE_RESOLVED = 1 << 3,
	PROBE_UNRESOLVED = 1 << 4,
	PROBE_COMPAT = 1 << 5,
	PROBE_GAS_LIMIT = 1 << 6,
	PROBE_RESTART = 1 << 7,
	PROBE_STOPPED = 1 << 8,
	PROBE_LSM = 1 << 9,
};

/* The types below EVENT_TEXT_MAX are the texts of lib/contract/event.h. */
enum probe_tail_type {
	PROBE_TAIL_PATH = 0, /* components from the object upwards, a NUL after each */
	PROBE_TAIL_CLAIM = 1,
	PROBE_TAIL_CLAIM2 = 2,
	PROBE_TAIL_ARGV = 3,
	PROBE_TAIL_SOCKADDR = 4,
	PROBE_TAIL_INODE = 5,
	PROBE_TAIL_ARGS = 16, /* args[2] and up */
	PROBE_TAIL_COMM = 17,
};

struct probe_head {
	__u64 seq;
	__u64 ts_ns;	/* CLOCK_MONOTONIC */
	__u32 pid, tid; /* in the innermost pid namespace */
	__u8 sandbox;	/* index of the state */
	__u8 kind;
	__u16 flags;
	__s16 nr;   /* -1: no call */
	__u16 tail; /* bytes that follow */
	__s64 ret;
	__u64 gas_after;
	__u64 args[PROBE_HEAD_ARGS];
};

struct probe_tail {
	__u16 type;
	__u16 size; /* of the data; 0: nothing */
	__u16 room; /* from the end of this to the next tail */
	__u16 rooted; /* of a path: 1: its names lead to the task's root; 0: to nothing that is known */
};

struct probe_with_args {
	struct probe_head head;
	struct probe_tail args_tail;
	__u64 args[PROBE_TAIL_ARGS_N];
};

struct probe_object {
	__u64 device, inode;
};

struct probe_with_object {
	struct probe_with_args call;
	struct probe_tail object_tail; /* PROBE_TAIL_INODE */
	struct probe_object object;
};

/* `first` has slack, so that a component may be read before it is known to fit. */
#define PROBE_TEXT_RECORD(NAME, BYTES)                  \
	struct NAME {                                   \
		struct probe_with_args call;            \
		struct probe_tail comm_tail;            \
		char comm[PROBE_COMM_BYTES];            \
		struct probe_tail inode_tail;           \
		__u64 inode[2];                         \
		struct probe_tail second_tail;          \
		char second[BYTES];                     \
		struct probe_tail first_tail;           \
		char first[(BYTES) + PROBE_NAME_BYTES]; \
	}

PROBE_TEXT_RECORD(probe_short, PROBE_TEXT_SHORT);
PROBE_TEXT_RECORD(probe_long, PROBE_TEXT_LONG);

_Static_assert(sizeof(struct probe_head) == 64, "the head is one cache line");
_Static_assert(offsetof(struct probe_head, sandbox) == 24, "layout of the head");
_Static_assert(offsetof(struct probe_head, ret) == 32, "layout of the head");
_Static_assert(offsetof(struct probe_head, args) == 48, "layout of the head");
_Static_assert(sizeof(struct probe_tail) == 8, "tails are aligned");
_Static_assert(sizeof(struct probe_with_args) == 104, "no holes");
_Static_assert(sizeof(struct probe_with_object) == 104 + 24, "no holes");
_Static_assert(sizeof(struct probe_short) == 104 + 24 + 24 + 264 + 520, "no holes");
