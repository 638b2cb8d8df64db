/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most of what a sandbox is has nothing to do with the single step: namespaces, /proc, the step's cgroup and scratch, a process that has
 * given up its privilege and has its filter loaded. So it is made ahead, while the slot has nothing else to do, and used once. Nothing foreign has run in it, and nothing of an
 * earlier step is in it: it is as fresh as one that is made now.
 *
 * A spare that was asked for and not yet made looks like one that is ready: the order waits in its socket. One that could not be made
 * says so by a report, which the step that takes it hears.
 */

#include "supervisor/sandbox/spare.h"

#include <errno.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/plan-build.h"
#include "supervisor/sandbox/slot.h"

/* How long its making and its dying may take. */
enum { SPARE_MSEC = 10000 };

/* Of a slot's first spare. */
enum { FIRST_SCRATCH_BYTES = 1 << 20, FIRST_SCRATCH_INODES = 64 };

static bool filter_same(const struct first_plan *plan, const struct policy_filter *filter)
{
	return plan->fd >= 0 && plan->notifies == filter->notifies &&
	       plan->ipc_closed == filter->ipc_closed &&
	       plan->n_instructions == filter->n_instructions &&
	       memcmp(plan->instructions, filter->instructions,
		      filter->n_instructions * sizeof(struct sock_filter)) == 0;
}

/* The plan of a slot's spare is kept for the next one: it is the same as long as the filter is. */
static int first_plan_get(struct slot *slot, const struct policy_filter *filter, struct fault *fault)
{
	struct first_plan *plan = &slot->first_plan;
	size_t size = filter->n_instructions * sizeof(struct sock_filter);
	_cleanup_free_ void *copy = NULL;

	if (filter_same(plan, filter))
		return plan->fd;
	first_plan_clear(plan);
	copy = malloc(size > 0 ? size : 1);
	if (copy == NULL)
		return fault_set(fault, -ENOMEM, "plan", "filter");
	plan->fd = plan_build_first(filter, slot->set->landlock_abi, &plan->ipc_shared, fault);
	if (plan->fd < 0)
		return plan->fd;
	memcpy(copy, filter->instructions, size);
	plan->instructions = TAKE_PTR(copy);
	plan->n_instructions = filter->n_instructions;
	plan->notifies = filter->notifies;
	plan->ipc_closed = filter->ipc_closed;
	return plan->fd;
}

void first_plan_clear(struct first_plan *plan)
{
	plan->fd = fd_close(plan->fd);
	free(plan->instructions);
	plan->instructions = NULL;
}

static bool root_same(const struct spare *spare, int root_fd)
{
	struct stat root;

	return fstat(root_fd, &root) == 0 && spare->root_dev == root.st_dev &&
	       spare->root_ino == root.st_ino;
}

static bool scratch_same(const struct spare *spare, int scratch_fd)
{
	struct stat scratch;

	if (scratch_fd < 0)
		return spare->scratch_fd >= 0;
	return spare->scratch_fd < 0 && fstat(scratch_fd, &scratch) == 0 &&
	       spare->scratch_dev == scratch.st_dev;
}

bool spare_fits(const struct slot *slot, const struct spare_spec *spec)
{
	const struct spare *spare = &slot->spare;

	/* What runs on a loopback interface leaves traces in its network: that is made anew for each. */
	return spare->report_fd >= 0 && !spec->loopback && !spare->loopback &&
	       root_same(spare, spec->root_fd) && filter_same(&slot->first_plan, spec->filter) &&
	       scratch_same(spare, spec->scratch_fd);
}

bool spare_ready(const struct slot *slot, const struct spare_spec *spec)
{
	/* It dies with its launcher, which is seen first when that is gone. */
	return spare_fits(slot, spec) && launcher_alive(&slot->launcher, slot->spare.report_fd);
}

struct spare_streams spare_streams_none(void)
{
	return (struct spare_streams){
		.out = {.pipe_fd = -EBADF, .memfd = -EBADF},
		.err = {.pipe_fd = -EBADF, .memfd = -EBADF},
		.ends = {-EBADF, -EBADF},
	};
}

void spare_streams_close(struct spare_streams *streams)
{
	for (size_t i = 0; i < ARRAY_SIZE(streams->ends); i++)
		streams->ends[i] = fd_close(streams->ends[i]);
	capture_close(&streams->out);
	capture_close(&streams->err);
}

/* Their limits come with the step. */
static int streams_make(struct slot *slot, struct fault *fault)
{
	struct spare_streams *streams = &slot->spare.streams;
	int r;

	*streams = spare_streams_none();
	r = capture_open(0, &streams->out, &streams->ends[0]);
	if (r == 0)
		r = capture_open(0, &streams->err, &streams->ends[1]);
	/* Programs open /dev/stdout too: that checks the owner of the pipe. */
	if (r == 0 && (fchown(streams->ends[0], slot->host_uid, slot->host_gid) < 0 ||
		       fchown(streams->ends[1], slot->host_uid, slot->host_gid) < 0))
		r = -errno;
	if (r < 0)
		spare_streams_close(streams);
	return r < 0 ? fault_set(fault, r, "stdio", "cannot make the step's streams") : 0;
}

static int request_send(const struct slot *slot, int root_fd, int scratch_fd, int report_fd)
{
	struct cgroup_memory_fds memory = cgroup_step_memory_fds(slot->cgroup);
	int sent[AGENT_FD_MAX];

	for (int i = 0; i < AGENT_FD_MAX; i++)
		sent[i] = -EBADF;
	sent[AGENT_FD_PLAN] = slot->first_plan.fd;
	sent[AGENT_FD_REPORT] = report_fd;
	sent[AGENT_FD_ROOT] = root_fd;
	sent[AGENT_FD_NET] = slot->net.fd;
	sent[AGENT_FD_USER] = slot->user_fd;
	sent[AGENT_FD_CGROUP] = cgroup_step_fd(slot->cgroup);
	sent[AGENT_FD_SCRATCH] = scratch_fd;
	sent[AGENT_FD_LATE] = slot->late_fd;
	sent[AGENT_FD_STDOUT] = slot->spare.streams.ends[0];
	sent[AGENT_FD_STDERR] = slot->spare.streams.ends[1];
	sent[AGENT_FD_MEMORY_USAGE] = memory.usage;
	sent[AGENT_FD_MEMORY_PEAK] = memory.peak;
	sent[AGENT_FD_MEMORY_LIMIT] = memory.limit;
	sent[AGENT_FD_MEMSW_LIMIT] = memory.memsw;
	return launch_send(slot->launcher.control_fd,
			   slot->first_plan.ipc_shared ? LAUNCH_IPC_SHARED : 0, sent, NULL, 0);
}

/* As large as the last one of this slot: most are. Another size is given to it when it is known. */
static int scratch_make(struct slot *slot, struct fault *fault)
{
	uint64_t bytes = slot->scratch_bytes > 0 ? slot->scratch_bytes : FIRST_SCRATCH_BYTES;
	uint64_t inodes = slot->scratch_bytes > 0 ? slot->scratch_inodes : FIRST_SCRATCH_INODES;

	slot->spare.bytes = bytes;
	slot->spare.inodes = inodes;
	return scratch_create(bytes, inodes, slot->host_uid, slot->host_gid, fault);
}

static int spare_ask(struct slot *slot, const struct spare_spec *spec, struct fault *fault)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF, own = -EBADF;
	int scratch = spec->scratch_fd;
	struct stat root, st;
	int pair[2], r;

	if (scratch < 0)
		scratch = own = scratch_make(slot, fault);
	if (scratch < 0)
		return scratch;
	if (fstat(spec->root_fd, &root) < 0 || fstat(scratch, &st) < 0)
		return fault_set(fault, -errno, "mount-namespace", "root");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_set(fault, -errno, "launcher", "socketpair");
	ours = pair[0];
	theirs = pair[1];
	r = streams_make(slot, fault);
	if (r < 0)
		return r;
	r = request_send(slot, spec->root_fd, scratch, theirs);
	if (r < 0) {
		spare_streams_close(&slot->spare.streams);
		return fault_set(fault, r, "launcher", "the slot's launcher does not answer");
	}
	slot_settle(slot); /* the launcher has it now, and waits for its end */
	slot->spare.report_fd = TAKE_FD(ours);
	slot->spare.scratch_fd = TAKE_FD(own);
	slot->spare.scratch_dev = st.st_dev;
	slot->spare.root_dev = root.st_dev;
	slot->spare.root_ino = root.st_ino;
	slot->spare.loopback = spec->loopback;
	return 0;
}

int spare_prepare(struct slot *slot, const struct spare_spec *spec, struct fault *fault)
{
	int r;

	if (spare_ready(slot, spec))
		return 0;
	spare_drop(slot);
	if (slot->broken)
		return fault_say(fault, -EIO, "slots", "a sandbox of the slot does not go away");
	r = first_plan_get(slot, spec->filter, fault);
	if (r >= 0)
		r = slot_net_prepare(slot, spec->loopback, fault);
	if (r == 0)
		r = cgroup_step_begin(slot->cgroup, fault);
	if (r < 0)
		return r;
	r = spare_ask(slot, spec, fault);
	if (r < 0)
		(void)cgroup_step_end(slot->cgroup, NULL);
	return r;
}

int spare_take(struct spare *spare, struct spare_streams *ret_streams)
{
	*ret_streams = spare->streams;
	spare->streams = spare_streams_none();
	spare->scratch_fd = fd_close(spare->scratch_fd);
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

	slot->spare.scratch_fd = fd_close(slot->spare.scratch_fd);
	spare_streams_close(&slot->spare.streams);
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
