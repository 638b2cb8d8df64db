/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A slot's launcher: the resident process that forks PID 1 of each of the slot's sandboxes (agent/README.md). */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/abi/launch.h"
#include "lib/base/fault.h"
#include "supervisor/sandbox/cgroup.h"

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
 * Starts a launcher from `agent_fd` in the slot's groups. It dies with the calling thread. Does not wait: launcher_await() does, and
 * nothing may be asked of it before. 0 or -errno; the caller stops it.
 */
int launcher_start(int agent_fd, const struct cgroup_slot *group, struct launcher *ret_launcher,
		   struct fault *fault);

/* Waits until a launcher that was just started is in its groups. 0 or -errno: it is not, and will not run. */
int launcher_await(const struct launcher *launcher, struct fault *fault);

/* Kills it and waits for its end. Its sandboxes die with it. Leaves it empty. */
void launcher_stop(struct launcher *launcher);

/*
 * Sends a request to a launcher (over its control_fd), or an order to a sandbox (over its report socket). `fds[k]` is the descriptor for
 * enum agent_fd k, or negative for none; all are lent. 0 or -errno (-EPIPE: the other end is dead).
 */
int launch_send(int socket_fd, const int fds[static AGENT_FD_MAX]);

/*
 * Receives one report from `report_fd`, with its descriptor or -EBADF. 1: there is one; 0: every sender is gone;
 * -EAGAIN: none yet; -errno. The caller owns *ret_fd.
 */
int report_receive(int report_fd, struct report *ret_report, int *ret_fd);
