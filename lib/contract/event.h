/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An event: one thing that the kernel saw a sandbox do. supervisor/probe makes events from what the BPF programs put into their
 * rings, lib/trace writes and reads them, tools show them. Numbers of kinds, flags and texts stand in files and are never reused.
 */

#include <stddef.h>
#include <stdint.h>

enum event_kind {
	EVENT_START = 1,   /* the step's program is about to be executed */
	EVENT_SYSCALL = 2, /* a call has returned */
	EVENT_EXEC =
		3, /* args[0]: the pid before, which differs when another thread than the first called; args[1], args[2]: device and inode of the file that was named, where that is a script */
	EVENT_FORK =
		4, /* by the parent; args[0]: the child's tid, args[1]: its pid (a thread's is the parent's) */
	EVENT_EXIT =
		5, /* of a thread; args[0]: wait status, args[1]: 1 when it was the last of its process */
	EVENT_SIGNAL =
		6, /* delivered; args[0]: signal, args[1]: si_code, args[2]: sender's pid, 0 for the kernel */
	EVENT_NET =
		7, /* args[0]: enum event_net, args[1]: family, args[2]: type, args[3]: protocol */
	EVENT_DENIED =
		8, /* a call that the seccomp filter or a BPF hook refused; it was not carried out */
	EVENT_OOM =
		9, /* pid: the victim, about to end; 0: the step was ended before one was chosen */
	EVENT_GAP = 10, /* args[0]: how many events are missing; seq: that of the first of them */
	EVENT_SAMPLE =
		11, /* of the whole step, by the supervisor; args: enum event_sample; seq: the next one to be given */
	EVENT_END = 12, /* the last one: args[0]: seq_end, args[1]: received, args[2]: lost */
	EVENT_KIND_MAX
};

enum event_net {
	EVENT_NET_SOCKET = 1,
	EVENT_NET_BIND = 2,
	EVENT_NET_CONNECT = 3,
	EVENT_NET_SEND = 4
};

/* Indices into `args` of an EVENT_SAMPLE. */
enum event_sample {
	EVENT_SAMPLE_MEMORY_BYTES = 0,
	EVENT_SAMPLE_CPU_NS = 1,
	EVENT_SAMPLE_PROCESSES = 2,
};

enum event_flag {
	EVENT_FAULTED = 1 << 0,	  /* memory of the program could not be read: a text is missing */
	EVENT_TRUNCATED = 1 << 1, /* a text was longer than what is kept */
	EVENT_CLAIMED =
		1 << 2, /* a text was read from memory that the program can change meanwhile */
	EVENT_RESOLVED =
		1 << 3, /* EVENT_TEXT_PATH names the very object that the kernel used; where there is none, the address is the kernel's own copy */
	EVENT_UNRESOLVED = 1 << 4, /* the call has an object, and it could not be named */
	EVENT_COMPAT = 1 << 5,	   /* a call of another architecture than x86-64's own */
	EVENT_GAS_LIMIT = 1 << 6,  /* with this call the gas limit was reached */
	EVENT_RESTART =
		1 << 7, /* interrupted: the kernel makes the call again, or has the program do so */
	EVENT_STOPPED = 1 << 8, /* the program was held after this until the reader had caught up */
	EVENT_LSM = 1 << 9,	/* of EVENT_DENIED: by a security hook, for the policy's `deny` */
};

enum event_text {
	EVENT_TEXT_PATH = 0,	 /* resolved by the kernel; see EVENT_RESOLVED */
	EVENT_TEXT_CLAIM = 1,	 /* the first path argument as the program gave it */
	EVENT_TEXT_CLAIM2 = 2,	 /* the second one (rename, link, symlink) */
	EVENT_TEXT_ARGV = 3,	 /* of an exec: the words, a NUL after each */
	EVENT_TEXT_SOCKADDR = 4, /* struct sockaddr, raw */
	EVENT_TEXT_INODE =
		5, /* of the resolved object: device and inode, two little-endian 64-bit numbers */
	EVENT_TEXT_MAX
};

/* How much of what the kernel saw becomes an event. */
enum trace_level {
	TRACE_LEVEL_COUNTERS = 0, /* nothing: counters and gas only */
	TRACE_LEVEL_EVENTS,	  /* processes, files, network, signals, denials */
	TRACE_LEVEL_SYSCALLS,	  /* every call too */
	TRACE_LEVEL_MAX
};

/* What happens to a program whose events are not taken as fast as it makes them. */
enum trace_loss {
	TRACE_LOSS_STOP = 0, /* it is held until the reader has caught up */
	TRACE_LOSS_KILL,     /* the first lost event ends it */
	TRACE_LOSS_DROP,     /* a GAP event says how many are missing */
	TRACE_LOSS_MAX
};

enum { EVENT_ARGS = 6, EVENT_COMM_BYTES = 16, EVENT_TEXT_BYTES = 4096 };

/* Bytes that strangers chose: never shown unescaped. `data` is NULL when the text is not there. */
struct event_bytes {
	const char *data;
	size_t size;
};

struct event {
	uint64_t seq;	   /* of the step, from 0, without gaps */
	uint64_t ts_ns;	   /* CLOCK_MONOTONIC since the step's start */
	uint32_t pid, tid; /* in the sandbox's pid namespace */
	uint16_t kind;	   /* enum event_kind */
	uint16_t flags;	   /* enum event_flag */
	int32_t nr;	   /* of the call, when there is one; otherwise -1 */
	uint64_t args[EVENT_ARGS];
	int64_t ret;
	uint64_t gas_after; /* gas of the step with this event; 0 where nothing is metered */
	char comm[EVENT_COMM_BYTES]; /* with a NUL */
	struct event_bytes text[EVENT_TEXT_MAX]; /* the producer's, valid during the call that passes the event */
};

/* "syscall", "exec", ...: stable. NULL for a number that is no kind. */
const char *event_kind_name(unsigned int kind);

/* The kind called `name`, or -ENOENT. */
int event_kind_from_name(const char *name);

/* "counters", "events", "syscalls". `level` must be below TRACE_LEVEL_MAX. */
const char *trace_level_name(enum trace_level level);

/* The level called `name`, or -ENOENT. */
int trace_level_from_name(const char *name);

/* "stop", "kill", "drop". `loss` must be below TRACE_LOSS_MAX. */
const char *trace_loss_name(enum trace_loss loss);

/* The policy called `name` ("stop", "kill", "drop"), or -ENOENT. */
int trace_loss_from_name(const char *name);

/* "faulted", "truncated", ... of the flag 1 << `bit`, NULL when there is none. */
const char *event_flag_name(unsigned int bit);
