/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the agent's rooms share about the one sandbox that they make: its descriptors, its plan, its reports. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/abi/launch.h"
#include "agent/plan-view.h"

struct sandbox {
	int fd[AGENT_FD_MAX]; /* -EBADF where the request had none */
	struct plan_view plan;
	int ready_fd, go_fd;		/* eventfds: the step's process has a word; PID 1 has */
	struct step_exchange *exchange; /* those words */
	pid_t step_pid;			/* as PID 1 sees it */
	int step_pidfd;
	uint64_t baseline_bytes;
	int listener_fd; /* seccomp listener, or -EBADF */
	int launcher_pidfd; /* the last of the launcher's own descriptors, which begin with AGENT_CONTROL_FD */
	bool urgent;	 /* the supervisor is, and waits */
	bool ipc_shared; /* LAUNCH_IPC_SHARED */
};

/* Sends one report over `socket_fd`, with `fd` unless it is negative. Best effort. */
void report_send(int socket_fd, const struct report *report, int fd);

/* Sends one report of the sandbox, with `fd` unless it is negative. Reports are best effort: a supervisor that is gone hears nothing. */
void sandbox_report(const struct sandbox *sandbox, const struct report *report, int fd);

/*
 * Receives one request or order into `sandbox->fd`, and what comes behind it into `plan`, of which *size bytes are free and then used
 * (`size` NULL: nothing may come). `required`: bits of enum agent_fd that it must carry. 1: it is there; 0: the supervisor is gone;
 * -EPROTO: skip it, and every descriptor is closed; other -errno: give up.
 */
int request_receive(int socket_fd, uint32_t required, struct sandbox *sandbox, void *plan,
		    size_t *size);

/* Closes every descriptor that a request brought. */
void sandbox_fds_close(struct sandbox *sandbox);

/*
 * PID 1: carries out the plans of `sandbox`, waits for the step's process, reports its end. Does not return.
 * Context: the only thread of a process that clone3() just made in new namespaces.
 */
_Noreturn void sandbox_init(struct sandbox *sandbox);

/* Carries out one PLAN_INIT_* operation. 0 or -errno. */
int init_op(struct sandbox *sandbox, const struct plan_op *op);

/*
 * The step's process: carries out the PLAN_STEP_* operations and executes the program. Does not return: on failure it tells
 * PID 1 which operation failed and exits. `argument`: a struct sandbox of its own. Context: a process with PID 1's memory and a stack of
 * its own, no libc.
 */
void sandbox_step(void *argument);

/*
 * What PID 1 and the step's process say to each other, in the memory that they share up to execve. Each word has one writer, and is
 * read after what tells of it: an eventfd, or the writer's end.
 */
struct step_exchange {
	/* The step's process: before ready_fd, and before it exits. */
	uint32_t failed_op; /* 0: all is in place, ready to execute */
	int32_t error;
	int32_t listener_fd; /* number in the shared descriptor table, or -EBADF */
	/* PID 1: before go_fd (PLAN_INIT_RELEASE). */
	struct plan_view plan; /* of the order */
};

/*
 * Copies the tree behind `source_fd` (a submission's: hostile) into the directory `target`: regular files, directories and
 * symbolic links, owned by uid:gid; everything else is left out. 0 or -errno.
 */
int stage_copy(int source_fd, const char *target, uid_t uid, gid_t gid);

/* Carries out PLAN_STEP_RLIMIT and PLAN_INIT_RLIMIT for a process; 0: the caller. 0 or -errno. Context: no libc. */
int limit_set(pid_t pid, const struct plan_op *op);

/* Gives up every capability of this process for good. `bounding` also empties the bounding set. 0 or -errno. */
int privilege_drop(bool bounding);

/* Allows writing only below `writable` from now on. `abi`: what landlock_create_ruleset(2) said. 0 or -errno. */
int landlock_restrict(const char *writable, uint64_t abi);
