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
 * Starts a launcher from `agent_fd`, which goes into the slot's groups. It dies with the calling thread. With a `user_base` other than 0, the first of
 * the slot's host ids, it makes the slot's user namespace first. 0 or -errno; the caller stops it in both cases. launcher_ready() is next.
 */
int launcher_start(int agent_fd, const struct cgroup_slot *group, uid_t user_base,
		   struct launcher *ret_launcher, struct fault *fault);

/*
 * Waits until a launcher that was just started is where it belongs and takes requests. `ret_user_fd`: for the user namespace of one that was to make it (the caller's
 * then), else NULL. In it ids 0 and 1000 are the host's `user_base` and `user_base` + 1000, and no other exists. 0 or -errno. Source: user_namespaces(7).
 */
int launcher_ready(const struct launcher *launcher, int *ret_user_fd, struct fault *fault);

/*
 * Whether it lives, and so does whoever has the other end of the socket `report_fd` (negative: nobody is asked for). Source: poll(2).
 */
bool launcher_alive(const struct launcher *launcher, int report_fd);

/* Kills it and waits for its end. Its sandboxes die with it. Leaves it empty. */
void launcher_stop(struct launcher *launcher);

/*
 * Sends a request to a launcher (over its control_fd), or an order to a sandbox (over its report socket). `flags`: LAUNCH_*, 0 for an order. `fds[k]` is the descriptor for
 * enum agent_fd k, or negative for none; all are lent. `plan`: `plan_size` bytes that come with an order, at most ORDER_PLAN_BYTES, or 0. 0 or -errno (-EPIPE: the other end is dead).
 */
int launch_send(int socket_fd, uint32_t flags, const int fds[static AGENT_FD_MAX], const void *plan,
		size_t plan_size);

/* What a sandbox says at most in its life is as much as this. */
enum { REPORTS_MAX = 6 };

/*
 * What was received: r is 1 for a report; 0: every sender is gone; -EPROTO: something else came; -EMFILE: its descriptor
 * was more than this process may have. The caller owns fd (or -EBADF) of a report.
 */
struct report_got {
	struct report report;
	int fd, r;
};

/*
 * Receives what is there from `report_fd`, up to `max` (at most REPORTS_MAX) entries, in one call. How many, -EAGAIN: nothing yet; -errno. After an
 * end every entry is one. Source: recvmmsg(2).
 */
int reports_receive(int report_fd, struct report_got got[], unsigned max);

/*
 * Receives one report from `report_fd`, with its descriptor or -EBADF. 1: there is one; 0: every sender is gone;
 * -EAGAIN: none yet; -errno. The caller owns *ret_fd.
 */
int report_receive(int report_fd, struct report *ret_report, int *ret_fd);
