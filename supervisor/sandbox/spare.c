/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most of what a sandbox is has nothing to do with the step: namespaces, /proc, the step's cgroup, a process that has given up its
 * privilege. So it is made ahead, while the slot has nothing else to do, and used once. Nothing foreign has run in it, and nothing of an
 * earlier step is in it: it is as fresh as one that is made now.
 *
 * A spare that was asked for and not yet made looks like one that is ready: the order waits in its socket. One that could not be made
 * says so by a report, which the step that takes it hears.
 */

#include "supervisor/sandbox/spare.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/slot.h"

/* How long its making and its dying may take. */
enum { SPARE_MSEC = 10000 };

/* Its end closes the socket, whoever caused it. */
static bool spare_alive(const struct spare *spare)
{
	struct pollfd pfd = {.fd = spare->report_fd};

	return poll(&pfd, 1, 0) == 0; /* asks for POLLHUP only */
}

bool spare_ready(const struct spare *spare, int root_fd, bool loopback)
{
	struct stat root;

	/* What runs on a loopback interface leaves traces in its network: that is made anew for each. */
	return spare->report_fd >= 0 && !loopback && !spare->loopback &&
	       fstat(root_fd, &root) == 0 && spare->root_dev == root.st_dev &&
	       spare->root_ino == root.st_ino && spare_alive(spare);
}

static int request_send(const struct slot *slot, int root_fd, int report_fd)
{
	int sent[AGENT_FD_MAX];

	for (int i = 0; i < AGENT_FD_MAX; i++)
		sent[i] = -EBADF;
	sent[AGENT_FD_PLAN] = slot->set->first_plan_fd;
	sent[AGENT_FD_REPORT] = report_fd;
	sent[AGENT_FD_ROOT] = root_fd;
	sent[AGENT_FD_NET] = slot->net.fd;
	sent[AGENT_FD_USER] = slot->user_fd;
	sent[AGENT_FD_CGROUP] = cgroup_step_fd(slot->cgroup);
	return launch_send(slot->launcher.control_fd, sent);
}

static int spare_ask(struct slot *slot, int root_fd, struct fault *fault)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_set(fault, -errno, "launcher", "socketpair");
	ours = pair[0];
	theirs = pair[1];
	r = request_send(slot, root_fd, theirs);
	if (r < 0)
		return fault_set(fault, r, "launcher", "the slot's launcher does not answer");
	slot->spare.report_fd = TAKE_FD(ours);
	return 0;
}

int spare_prepare(struct slot *slot, int root_fd, bool loopback, struct fault *fault)
{
	struct stat root;
	int r;

	if (fstat(root_fd, &root) < 0)
		return fault_set(fault, -errno, "mount-namespace", "root");
	if (spare_ready(&slot->spare, root_fd, loopback))
		return 0;
	spare_drop(slot);
	if (slot->broken)
		return fault_say(fault, -EIO, "slots", "a sandbox of the slot does not go away");
	r = slot_net_prepare(slot, loopback, fault);
	if (r == 0)
		r = cgroup_step_begin(slot->cgroup, fault);
	if (r < 0)
		return r;
	r = spare_ask(slot, root_fd, fault);
	if (r < 0) {
		(void)cgroup_step_end(slot->cgroup, NULL);
		return r;
	}
	slot->spare.root_dev = root.st_dev;
	slot->spare.root_ino = root.st_ino;
	slot->spare.loopback = loopback;
	return 0;
}

int spare_take(struct spare *spare)
{
	return TAKE_FD(spare->report_fd);
}

/* PID 1's pidfd, when the launcher has made it or does within the time. -EBADF: there is no PID 1. */
static int first_process(int report_fd)
{
	struct report report = {.kind = REPORT_SPAWNED};

	/* PID 1 may be heard before the launcher that made it. */
	while (report.kind == REPORT_SPAWNED) {
		int fd = -EBADF;

		if (!fd_readable_within(report_fd, SPARE_MSEC) ||
		    report_receive(report_fd, &report, &fd) <= 0)
			return -EBADF;
		if (report.kind == REPORT_LAUNCHED)
			return fd;
		(void)fd_close(fd);
	}
	return -EBADF;
}

void spare_drop(struct slot *slot)
{
	_cleanup_close_ int report_fd = TAKE_FD(slot->spare.report_fd), pidfd = -EBADF;

	if (report_fd < 0)
		return;
	/* No order will come: one that waits for it ends by itself. */
	(void)shutdown(report_fd, SHUT_WR);
	pidfd = first_process(report_fd);
	if (pidfd >= 0) {
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		slot->broken |= !fd_readable_within(pidfd, SPARE_MSEC);
	}
	(void)slot_step_remove(slot, NULL);
}
