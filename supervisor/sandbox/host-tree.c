/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The v2 tree: what gives a sandbox its identity, its death and its clock, whichever hierarchy the
 * controllers are on.
 *
 * Attempts start real processes in the probe group and look at what the group says about them: a
 * kernel may have the files and a mount be read-only, or a process be born elsewhere. Freezing is
 * waited for, since it is complete only when cgroup.events says so; of an empty group it says so
 * at once.
 *
 * A process that is frozen before it has asked to die with its parent would stay for good, and with
 * it the locks of the probe groups, which an inherited descriptor holds. So nobody is frozen before
 * that was done, and what sleeps has no descriptor of a group.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/host-attempts.h"

enum {
	READY_FD = 3, /* where a sleeper keeps the eventfd that it is awaited by */
	READY_MSEC = 1000,
	FREEZE_POLL_MSEC = 500,
	FREEZE_CHANGES = 4, /* the file changes once; polls may wake without a reason */
	FILE_BYTES = 4096,  /* the longest file read here, cpu.stat, has some 300 */
};

int try_cgroup_v2(const struct host_context *context, struct host_note *note)
{
	const struct cgroup_host *cgroup = &context->cgroup;

	if (!cgroup->has_v2)
		return note_say(note, -ENOENT, "no v2 tree is mounted");
	return note_say(note, 0, "%s, at %.96s", cgroup_host_mode(cgroup), cgroup->v2_mount);
}

int try_cgroup_child(const struct host_context *context, struct host_note *note)
{
	const struct host_probe_group *group = &context->groups.v2;

	if (group->fd < 0)
		return note_say(note, group->error, "cannot make one in %.64s: %s", group->top,
				strerror(-group->error));
	return note_say(note, 0, "made and locked in %.96s", group->top);
}

static void sleep_until_killed(int ready)
{
	static const uint64_t one = 1;

	if (dup2(ready, READY_FD) < 0)
		_exit(1);
	(void)close_range(READY_FD + 1, ~0U, 0);
	if (write(READY_FD, &one, sizeof(one)) != sizeof(one))
		_exit(1);
	for (;;)
		(void)pause();
}

/* Waits until a sleeper is ready, or dead. */
static int wait_ready(int ready, int pidfd)
{
	struct pollfd poll_fds[] = {
		{.fd = ready, .events = POLLIN},
		{.fd = pidfd, .events = POLLIN},
	};
	int n = poll(poll_fds, ARRAY_SIZE(poll_fds), READY_MSEC);

	if (n < 0)
		return -errno;
	if (n == 0)
		return -ETIMEDOUT;
	return poll_fds[0].revents ? 0 : -ESRCH;
}

pid_t host_clone_sleeper(const struct host_context *context, struct host_note *note, int *ret_pidfd)
{
	_cleanup_close_ int ready = eventfd(0, EFD_CLOEXEC);
	pid_t pid;
	int r;

	if (ready < 0)
		return -errno;
	/* An attempt that was ended in its midst may have left the group frozen. */
	(void)file_write(context->groups.v2.fd, "cgroup.freeze", "0");
	pid = host_clone3(CLONE_INTO_CGROUP, context->groups.v2.fd, ret_pidfd);
	if (pid < 0)
		return pid;
	if (pid == 0)
		sleep_until_killed(ready);
	r = wait_ready(ready, *ret_pidfd);
	if (r == 0)
		return pid;
	(void)syscall(SYS_pidfd_send_signal, *ret_pidfd, SIGKILL, NULL, 0);
	(void)host_wait_pidfd(*ret_pidfd, SIGKILL);
	*ret_pidfd = fd_close(*ret_pidfd);
	return note_say(note, r, "a process that is born in the group does not get to run");
}

/* Whether cgroup.events, open as `fd`, has `key` at 1. */
static bool event_is_set_at(int fd, const char *key)
{
	char text[FILE_BYTES];
	uint64_t value;
	ssize_t n = fd_pread_full(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false;
	text[n] = '\0';
	return text_field_u64(text, key, &value) == 0 && value == 1;
}

static int open_events(const struct host_context *context)
{
	return openat(context->groups.v2.fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
}

static bool event_is_set(const struct host_context *context, const char *key)
{
	_cleanup_close_ int fd = open_events(context);

	return event_is_set_at(fd, key);
}

int try_cgroup_clone(const struct host_context *context, struct host_note *note)
{
	int pidfd;
	pid_t pid = host_clone_sleeper(context, note, &pidfd);

	if (pid < 0)
		return pid;
	if (!event_is_set(context, "populated"))
		return note_say(note, -ENOTSUP, "the process is born in another group");
	return note_say(note, 0, "a process is born in its group");
}

int try_cgroup_kill(const struct host_context *context, struct host_note *note)
{
	int pidfd, r;
	pid_t pid = host_clone_sleeper(context, note, &pidfd);

	if (pid < 0)
		return pid;
	r = file_write(context->groups.v2.fd, "cgroup.kill", "1");
	if (r == 0)
		r = host_wait_pidfd(pidfd, SIGKILL);
	if (r < 0)
		return r;
	/* A dead process leaves its group a moment after its pidfd says that it is dead. */
	for (int msec = 0; msec < 500 && event_is_set(context, "populated"); msec += 5)
		(void)poll(NULL, 0, 5);
	if (event_is_set(context, "populated"))
		return note_say(note, -ENOTSUP, "the group is not empty after it");
	return note_say(note, 0, "everything in a group dies at once");
}

/*
 * Waits until the group says that it is frozen. A change since the last read of this fd is POLLPRI.
 */
static bool wait_frozen(const struct host_context *context)
{
	_cleanup_close_ int fd = open_events(context);
	struct pollfd poll_fd = {.fd = fd, .events = POLLPRI};

	for (int i = 0; i < FREEZE_CHANGES; i++) {
		if (event_is_set_at(fd, "frozen"))
			return true;
		if (poll(&poll_fd, 1, FREEZE_POLL_MSEC) == 0)
			return false;
	}
	return false;
}

/* Whether the group is frozen with the process alive in it. */
static bool sleeper_freezes(const struct host_context *context, int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	return wait_frozen(context) && poll(&poll_fd, 1, 0) == 0 &&
	       event_is_set(context, "populated");
}

int try_cgroup_freeze(const struct host_context *context, struct host_note *note)
{
	int group = context->groups.v2.fd, pidfd, r;
	pid_t pid = host_clone_sleeper(context, note, &pidfd);
	bool frozen;

	if (pid < 0)
		return pid;
	r = file_write(group, "cgroup.freeze", "1");
	frozen = r == 0 && sleeper_freezes(context, pidfd);
	(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	(void)file_write(group, "cgroup.freeze", "0");
	if (r < 0)
		return r;
	if (!frozen)
		return note_say(note, -ENOTSUP, "the group does not freeze");
	return note_say(note, 0, "a group can be stopped as a whole");
}

int try_cgroup_delegation(const struct host_context *context, struct host_note *note)
{
	const struct cgroup_host *cgroup = &context->cgroup;
	char group[2 * CGROUP_PATH_BYTES];

	if (!cgroup_host_delegated(cgroup, group, sizeof(group)))
		return note_say(note, -ENODATA, "run by hand, outside of a delegated group");
	return note_say(note, 0, "%.120s", group + strlen(cgroup->v2_mount));
}

int try_cpu_stat(const struct host_context *context, struct host_note *note)
{
	static const char *const keys[] = {"usage_usec", "user_usec", "system_usec"};
	char text[FILE_BYTES];
	uint64_t value;
	int r = (int)file_read(context->groups.v2.fd, "cpu.stat", text, sizeof(text));

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_field_u64(text, keys[i], &value) < 0)
			return note_say(note, -ENOTSUP, "cpu.stat has no %s", keys[i]);
	return note_say(note, 0, "cpu.stat counts a group's CPU time");
}

int try_pressure(const struct host_context *context, struct host_note *note)
{
	char text[FILE_BYTES];
	int r = (int)file_read(context->groups.v2.fd, "cpu.pressure", text, sizeof(text));

	if (r == -EOPNOTSUPP)
		return note_say(note, r, "built, but off");
	if (r < 0)
		return r;
	return note_say(note, 0, "groups say how long they waited for CPU, memory and disk");
}

/* The clock that stops a group at its CPU budget inside the kernel. Source: perf_event_open(2). */
int try_cpu_clock(const struct host_context *context, struct host_note *note)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.disabled = 1,
	};
	_cleanup_close_ int fd = -EBADF;
	int cpu = sched_getcpu(), error;

	fd = (int)syscall(SYS_perf_event_open, &attr, context->groups.v2.fd, cpu < 0 ? 0 : cpu, -1,
			  PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC);
	error = errno;
	if (fd < 0 && !host_has_capability(CAP_PERFMON))
		note->remedy = "Run Assay as root of the host, with CAP_PERFMON.";
	if (fd < 0)
		return -error;
	return note_say(note, 0, "a perf clock can be bound to a group");
}
