/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A slot's launcher: the resident process that forks PID 1 of each of the slot's sandboxes (agent/README.md). */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/abi/launch.h"
#include "lib/base/fault.h"

struct launcher {
	pid_t pid;
	int pidfd;
	int control_fd; /* hangs up when the launcher ends */
	bool killed;	/* by us: it may be dying still, and takes no request */
};

/*
 * Opens `libexec_dir`/assay-agent and copies it into a sealed memfd, so that nobody can reach or change the file through
 * /proc/1/exe of a sandbox. Returns the fd (owned by the caller) or -errno.
 */
int launcher_load(const char *libexec_dir, struct fault *fault);

/*
 * Starts a launcher from `agent_fd` in the v2 cgroup behind `cgroup_fd`. It dies with the calling thread. 0 or -errno; the caller
 * stops it.
 */
int launcher_start(int agent_fd, int cgroup_fd, struct launcher *ret_launcher, struct fault *fault);

/* Kills it and waits for its end. Its sandboxes die with it. Leaves it empty. */
void launcher_stop(struct launcher *launcher);

/*
 * Asks for a sandbox. `fds[k]` is the descriptor for enum agent_fd k, or negative for none; all are lent. 0 or -errno
 * (-EPIPE: the launcher is dead).
 */
int launcher_request(const struct launcher *launcher, const int fds[static AGENT_FD_MAX]);

/*
 * Receives one report from `report_fd`, with its descriptor or -EBADF. 1: there is one; 0: every sender is gone;
 * -EAGAIN: none yet; -errno. The caller owns *ret_fd.
 */
int report_receive(int report_fd, struct report *ret_report, int *ret_fd);
