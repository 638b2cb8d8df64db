/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A plan: how a sandbox is made and what runs in it, as a closed list of typed operations. The supervisor writes it
 * into a sealed memfd, or a message; the agent checks it and carries it out in order. The agent decides nothing.
 *
 * A sandbox has two. The first says what does not depend on the single step: it comes with the launch request and ends with
 * PLAN_INIT_ORDER. There the sandbox waits, the step's process with its filter loaded and nothing left to do but execve. The second comes
 * with the order, over the sandbox's report socket: streams, files, limits and command. So a sandbox can be made before anybody knows
 * what will run in it, only under which filter.
 *
 * Operations come in two rows. Those named PLAN_INIT_* are carried out by PID 1 of the sandbox: first with the
 * supervisor's privilege inside the new namespaces, after PLAN_INIT_USER with those of the user namespace only, after
 * PLAN_INIT_DROP with none. PLAN_INIT_SPAWN forks the step's process into its own cgroup; that process carries
 * out the PLAN_STEP_* operations and waits in PLAN_STEP_ORDER for PLAN_INIT_RELEASE: no foreign instruction runs in the sandbox
 * before PID 1 has given up everything.
 *
 * Layout: struct plan_header, n_ops struct plan_op, then data bytes that ops refer to by offset from the start of the plan.
 * Integers are the machine's own: both sides are built together and never leave the host.
 */

#include <stdint.h>

enum {
	PLAN_MAGIC = 0x4c504141, /* "AAPL" */
	PLAN_VERSION = 8,
	PLAN_OPS_MAX = 128, /* some 45 are used */
	PLAN_BYTES_MAX =
		1 << 20, /* a filter is at most 32 KiB, the rest are arguments and environment */
	PLAN_STRINGS_MAX = 4096, /* words of argv and of the environment */
};

enum plan_op_kind {
	/* of the first plan */
	PLAN_INIT_HOSTNAME = 1, /* data: the name */
	PLAN_INIT_NET,		/* enters AGENT_FD_NET */
	PLAN_INIT_SCRATCH,	/* attaches AGENT_FD_SCRATCH; data: mount point */
	PLAN_INIT_STREAMS,	/* puts AGENT_FD_STDOUT and AGENT_FD_STDERR on 1 and 2 */
	PLAN_INIT_SPAWN,	/* forks the step's process into AGENT_FD_CGROUP */
	PLAN_INIT_PROC, /* mounts /proc: read-only, subset=pid, other users' processes hidden; data: mount point */
	PLAN_INIT_ORDER, /* waits for the order; its plan goes on */
	/* of the second */
	PLAN_INIT_AWAIT, /* waits until the step's process has all in place: before that its descriptors are not touched */
	PLAN_INIT_STDIO, /* puts AGENT_FD_STDIN on 0; of arg0 descriptors those over 3 are AGENT_FD_EXTRA3... */
	PLAN_INIT_USER, /* enters AGENT_FD_USER as its uid 0 */
	PLAN_INIT_STAGE, /* copies AGENT_FD_STAGE to data (a directory), owned by uid arg0, gid arg1 */
	PLAN_INIT_BASELINE, /* v1 memory: what is charged now is noted, the group's limit is arg0, its peak reset */
	PLAN_INIT_RLIMIT, /* resource arg0 of the step's process: soft and hard limit arg1 */
	PLAN_INIT_DROP, /* no capabilities, no new privileges, not dumpable, dies with the launcher */
	/*
	 * Hands the listener over; the step's process may go on to execve. With arg0 1 not yet: the eventfd by which it hears so goes to the
	 * supervisor.
	 */
	PLAN_INIT_RELEASE,

	/* of the first plan */
	PLAN_STEP_SESSION = 64, /* a session of its own: no controlling terminal */
	PLAN_STEP_KEYRING,	/* a new, empty session keyring */
	PLAN_STEP_CGROUP_NS,	/* a cgroup namespace whose root is the step's cgroup */
	PLAN_STEP_USER,		/* enters AGENT_FD_USER */
	PLAN_STEP_IDS,		/* uid arg0, gid arg1, no groups */
	PLAN_STEP_NO_CAPS, /* every set empty, bounding set too; securebits locked; no new privileges */
	PLAN_STEP_RLIMIT, /* resource arg0, soft and hard limit arg1 */
	PLAN_STEP_CHDIR,  /* data: directory; umask 022 */
	PLAN_STEP_LANDLOCK, /* read and execute everywhere, write below data only; arg0: the kernel's ABI */
	PLAN_STEP_FILTER, /* data: struct sock_filter[]; arg0: 1 when it notifies */
	PLAN_STEP_ORDER, /* says that all is in place, waits for PLAN_INIT_RELEASE; the order's plan goes on */
	/* of the second */
	PLAN_STEP_EXEC, /* data: arg0 words of argv, then arg1 of the environment, each ending in NUL */
};

struct plan_header {
	uint32_t magic, version;
	uint32_t size; /* of the whole plan in bytes */
	uint32_t n_ops;
};

struct plan_op {
	uint32_t kind;
	uint32_t data_offset, data_size; /* 0, 0: no data */
	uint32_t reserved;
	uint64_t arg[2];
};

_Static_assert(sizeof(struct plan_header) == 16, "plan header layout");
_Static_assert(sizeof(struct plan_op) == 32, "plan operation layout");
