/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * What both sides know of one sandbox: its configuration, written by user space before it starts, and what the kernel side counts. The
 * states are one array in shared memory; a table maps a cgroup's id to its state.
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
	PROBE_CALLS = 512,
	PROBE_CALL_OTHER = 511, /* numbers that are none, and other architectures' calls */
	PROBE_SANDBOXES_MAX = 256,
	/* Ids of cgroups are consecutive: with four times as many places as sandboxes two hardly ever meet. */
	PROBE_TABLE = 1024,
	PROBE_TABLE_STEPS = 4,	 /* places from the first one where an id may be */
	PROBE_STOPPED_MAX = 512, /* processes that are remembered as stopped */
	PROBE_CPUS_MAX = 1024,
};

enum probe_phase {
	PROBE_PHASE_OFF = 0,
	PROBE_PHASE_ARMED = 1, /* the agent prepares; the next exec starts the program */
	PROBE_PHASE_ON = 2,
};

enum probe_level {
	PROBE_LEVEL_COUNTERS = 0,
	PROBE_LEVEL_EVENTS = 1,
	PROBE_LEVEL_SYSCALLS = 2,
};

enum probe_loss {
	PROBE_LOSS_STOP = 0,
	PROBE_LOSS_KILL = 1,
	PROBE_LOSS_DROP = 2,
};

/* Why the kernel side killed a sandbox. */
enum probe_verdict {
	PROBE_VERDICT_NONE = 0,
	PROBE_VERDICT_GAS = 1,
	PROBE_VERDICT_LOSS = 2,
	PROBE_VERDICT_CPU = 3,
};

/* What a security hook refuses a sandbox: bits of config.deny. */
enum probe_deny {
	PROBE_DENY_EXEC = 1 << 0, /* programs of marked files */
	PROBE_DENY_OPEN = 1 << 1, /* marked files */
	PROBE_DENY_UNIX = 1 << 2, /* connections and messages of AF_UNIX sockets */
	PROBE_DENY_INTERNET = 1 << 3,
	PROBE_DENY_OTHER = 1 << 4, /* those of all other families */
};

/* What a completed call adds besides its price: the top byte of price[nr]. */
enum probe_extra {
	PROBE_EXTRA_NONE = 0,
	PROBE_EXTRA_MOVED, /* bytes, which are counted and cost nothing */
	PROBE_EXTRA_BYTES,
	PROBE_EXTRA_LENGTH, /* pages of the second argument */
	PROBE_EXTRA_BRK,
	PROBE_EXTRA_MREMAP,
	PROBE_EXTRA_FORK,
	PROBE_EXTRA_EXEC,
};

#define PROBE_LEVEL_ANY (~0U) /* the depth of sandboxes' groups is not known */
#define PROBE_PRICE_BITS 56
#define PROBE_PRICE_MAX ((1ULL << 48) - 1)

struct probe_config {
	__u64 cgroup_id;
	__u64 gas_limit; /* ~0: none */
	__u64 cpu_total_ns; /* of the group, by the scheduler's account: when it is reached, the sandbox ends */
	__u64 cpu_budget_ns; /* from when the clocks were started: when they have run for it, user space looks */
	__u64 cpu_period_ns; /* of the clocks */
	__u32 level, loss;
	__u32 deny;
	__u32 loopback;	   /* its network; 0: it has none */
	__u64 refusals[3]; /* bit e: a call that failed with errno e is an event at every level, for it may have been refused */
	__u64 bytes_price, bytes_unit, page_price, fork_price, exec_price;
	__u64 price[PROBE_CALLS];
};

/* Written by the kernel side, with atomic operations: a sandbox may run on all CPUs at once. */
struct probe_counts {
	__u64 gas_used;
	__u64 seq, lost;
	__u64 cpu_ns; /* of the CPU budget */
	__u32 phase;
	__u32 verdict; /* not 0: every process of the sandbox is killed when it next completes a call */
	__u64 free_calls; /* interrupted ones, which the kernel or the program makes again */
	__u64 bytes, bytes_charged, bytes_gas;
	__u64 pages, forks, execs, exits;
	__u64 minor_faults, major_faults, switches, preemptions;
	__u64 faulted, truncated; /* texts that could not be read, or not whole */
	__u64 verdict_call;	  /* number of the crossing call */
	__u64 cpu_end_at_ns;	  /* when the next was: CLOCK_MONOTONIC */
	__u64 cpu_end_ns;	  /* CPU time of the group when it was ended for that */
	__u64 denied_exec, denied_open, denied_connect; /* by security hooks */
	__u64 denied_socket, denied_device;		/* by the group's hooks */
	__u32 n_stopped, reserved;
	__u32 stopped[PROBE_STOPPED_MAX]; /* processes, by the host's numbers */
	__u64 calls[PROBE_CALLS];
	__u8 restarted[PROBE_CALLS]; /* 1: one of free_calls had this number and ended with ERESTARTSYS; the last one as in `calls` */
};

struct probe_sandbox {
	struct probe_counts counts;
	struct probe_config config;
};

/* Of a file that is refused, kept at its inode: a bit for each sandbox, by index. */
struct probe_mark {
	__u64 exec[PROBE_SANDBOXES_MAX / 64];
	__u64 open[PROBE_SANDBOXES_MAX / 64];
};

struct probe_place {
	__u64 cgroup_id; /* 0: free */
	__u32 index;
	__u32 reserved;
};

/* What a call's event holds besides number, result and two arguments: ops[nr]. */
enum probe_op {
	PROBE_OP_EVENT = 1 << 0,	/* an event of the level "events" */
	PROBE_OP_EVENT_FAILED = 1 << 1, /* only when it failed: another event tells of its success */
	PROBE_OP_ARGS = 1 << 2,		/* more arguments than the head holds */
	PROBE_OP_TEXT = 1 << 3,		/* texts, of the following */
	PROBE_OP_NEW_FD = 1 << 4,	/* the object behind the returned descriptor */
	PROBE_OP_COMM = 1 << 5,		/* the thread may have a new name */
	PROBE_OP_OBJECT =
		1 << 6, /* the object behind a descriptor that it was given; of calls without texts */
};

/* Where texts are: number of the argument, in three bits each; PROBE_OP_NONE: none. */
#define PROBE_OP_NONE 7
#define PROBE_OP_CLAIM_SHIFT 8
#define PROBE_OP_CLAIM2_SHIFT 11
#define PROBE_OP_SOCKADDR_SHIFT 14
#define PROBE_OP_OBJECT_SHIFT 17
#define PROBE_OP_WHICH(op, shift) ((op) >> (shift)&7)

/* What the kernel side has to say besides verdicts. */
enum probe_notice_kind {
	PROBE_NOTICE_STOPPED = 0, /* a process was stopped, since a ring fills */
	PROBE_NOTICE_CPU = 16,	  /* the CPU budget may be spent */
};

/* In the ring of notices. */
struct probe_notice {
	__u32 sandbox;
	__u32 verdict; /* enum probe_verdict, or a number of enum probe_notice_kind */
};

_Static_assert(offsetof(struct probe_counts, phase) == 32, "layout of the counts");
_Static_assert(sizeof(struct probe_counts) % 8 == 0, "no holes");
_Static_assert(sizeof(struct probe_sandbox) % 8 == 0, "an array map rounds up to 8");
