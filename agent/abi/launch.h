/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Supervisor and agent, in messages: a launch request goes to a slot's launcher over its control socket, reports of that one
 * sandbox come back over a socket of its own, over which it also gets its order: what is to run. Both are SOCK_SEQPACKET, one struct a
 * message, fds by SCM_RIGHTS. Request and order are the same struct with other descriptors.
 */

#include <stdint.h>

/* The launcher's control socket, and the first descriptor that received ones may take. */
enum { AGENT_CONTROL_FD = 10 };

enum { LAUNCH_MAGIC = 0x484c4141 /* "AALH" */ };

/*
 * A launcher's second argument is the first of the slot's host ids: it makes the slot's user namespace before anything else. In it these two ids are mapped,
 * to the host's of the same distance from the first; nothing else is. "0": the namespace is there already. The others are numbers of descriptors: it writes "0" to each and is
 * in the slot's v1 groups, opens what requests need, then says on the control socket that it is ready. Up to the groups it is as urgent as its starter; for the groups it has to be ordinary.
 */
enum { LAUNCH_AGENT_ID = 0, LAUNCH_USER_ID = 1000 };

/* What a launcher was at when it could not. */
enum launch_step {
	LAUNCH_EXEC = 1,    /* said by the process that was to become it */
	LAUNCH_USER_MAKE,   /* the user namespace */
	LAUNCH_USER_FORBID, /* further ones in it */
	LAUNCH_USER_MAP,    /* ids, and taking hold of it */
	LAUNCH_JOIN,	    /* its groups */
	LAUNCH_OPEN,	    /* descriptors and memory of its own, at the start or for requests */
};

/* An order's plan that is not larger comes behind the struct launch_request, in the same message; a larger one as AGENT_FD_PLAN. */
enum { ORDER_PLAN_BYTES = 8 << 10 };

/* What the descriptors of a request or an order are. Each carries those of its mask in this order. */
enum agent_fd {
	AGENT_FD_PLAN = 0, /* of both */
	/* of the request */
	AGENT_FD_REPORT,       /* the sandbox's end of the report socket */
	AGENT_FD_ROOT,	       /* mount namespace whose copy is the sandbox's */
	AGENT_FD_NET,	       /* network namespace */
	AGENT_FD_USER,	       /* user namespace of the slot */
	AGENT_FD_CGROUP,       /* v2 cgroup directory of the step */
	AGENT_FD_SCRATCH,      /* detached tmpfs mount */
	AGENT_FD_STDOUT,       /* goes to 1 */
	AGENT_FD_STDERR,       /* goes to 2 */
	AGENT_FD_MEMORY_USAGE, /* v1 memory.usage_in_bytes, read */
	AGENT_FD_MEMORY_PEAK,  /* v1 memory.max_usage_in_bytes, write */
	AGENT_FD_MEMORY_LIMIT, /* v1 memory.limit_in_bytes, write */
	AGENT_FD_MEMSW_LIMIT,  /* v1 memory.memsw.limit_in_bytes, write */
	AGENT_FD_LATE, /* of the sandbox before: closed by the launcher before anything else, which takes its time */
	/* of the order */
	AGENT_FD_STAGE,	 /* directory whose content the step finds in its work directory */
	AGENT_FD_STDIN,	 /* goes to 0 */
	AGENT_FD_EXTRA3, /* goes to 3; the one after it to 4 */
	AGENT_FD_EXTRA4,
	AGENT_FD_MAX
};

/* Of a request: the sandbox is in the ipc namespace of its launcher, which nothing can be put into under its filter. Not said: in a fresh one. */
enum { LAUNCH_IPC_SHARED = 1 };

struct launch_request {
	uint32_t magic;
	uint32_t fd_mask; /* bit k: enum agent_fd k is there */
	uint32_t flags;	  /* LAUNCH_*; of an order: 0 */
};

enum report_kind {
	REPORT_LAUNCHED = 1, /* from the launcher; fd: pidfd of PID 1. error: -errno, no fd */
	REPORT_STARTED, /* the step's process is released at time_ns, or, with 0, is to be by the supervisor; baseline_bytes; fd: the seccomp listener, where there is one */
	REPORT_EXITED,	/* it ended at time_ns with wait_status as waitpid(2) gives it */
	REPORT_FAILED,	/* operation op failed with error; nothing foreign has run */
	REPORT_READY, /* from the launcher, once, on its control socket; fd: the user namespace that it made. Or op (enum launch_step) failed with error */
	REPORT_SPAWNED, /* the step's process waits for the order; fd: its pidfd */
	REPORT_HELD, /* it has its order; fd: an eventfd, whose first event releases it. REPORT_STARTED follows */
};

struct report {
	uint32_t kind;
	uint32_t op; /* enum plan_op_kind, for REPORT_FAILED; enum launch_step, for REPORT_READY */
	int32_t error; /* -errno */
	int32_t wait_status;
	uint64_t time_ns;	 /* CLOCK_MONOTONIC */
	uint64_t baseline_bytes; /* v1: charged before the step, to be taken off its peak */
	uint64_t prepared_ns;	 /* CPU time that the step's process spent before its release */
};

_Static_assert(sizeof(struct report) == 40, "report layout");
