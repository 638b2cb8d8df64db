/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes and descriptors: calls without which the engine would have to race (a pid may be
 * reused, a path may be swapped, a file may change under the judge) and could not prove that it did
 * not.
 *
 * Each attempt uses the call for what it is used for and checks the effect, since a filter of an
 * outer container can let a call succeed and do nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/host-attempts.h"

int try_clone3_pidfd(const struct host_context *context _unused_, struct host_note *note)
{
	int pidfd, r;
	pid_t pid = host_clone3(0, -EBADF, &pidfd);

	if (pid < 0)
		return pid;
	if (pid == 0)
		_exit(0);
	r = host_wait_pidfd(pidfd, 0);
	return r < 0 ? r : note_say(note, 0, "clone3 gives a pidfd that says when the process ends");
}

int try_pidfd_signal(const struct host_context *context _unused_, struct host_note *note)
{
	int pidfd, r;
	pid_t pid = host_clone3(0, -EBADF, &pidfd);

	if (pid < 0)
		return pid;
	while (pid == 0)
		(void)pause();
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
		return -errno;
	r = host_wait_pidfd(pidfd, SIGKILL);
	return r < 0 ? r : note_say(note, 0, "a process can be killed through its pidfd");
}

int try_close_range(const struct host_context *context _unused_, struct host_note *note)
{
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int fd = dup(null); /* without FD_CLOEXEC, which the call is to set */
	int flags;

	if (fd < 0 || close_range((unsigned)fd, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	flags = fcntl(fd, F_GETFD);
	if (flags < 0 || !(flags & FD_CLOEXEC))
		return -ENOTSUP;
	if (close_range((unsigned)fd, ~0U, 0) < 0)
		return -errno;
	if (fcntl(fd, F_GETFD) >= 0)
		return -ENOTSUP;
	return note_say(note, 0, "inherited descriptors can be closed in one call");
}

int try_openat2(const struct host_context *context _unused_, struct host_note *note)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int dir = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int inside = -EBADF, outside = -EBADF;

	if (dir < 0)
		return -errno;
	inside = (int)syscall(SYS_openat2, dir, "sys", &how, sizeof(how));
	if (inside < 0)
		return -errno;
	outside = (int)syscall(SYS_openat2, dir, "../usr", &how, sizeof(how));
	if (outside >= 0 || errno != EXDEV)
		return note_say(note, -ENOTSUP, "RESOLVE_BENEATH does not hold");
	return note_say(note, 0, "paths can be kept below a directory");
}

int try_memfd_seal(const struct host_context *context _unused_, struct host_note *note)
{
	_cleanup_close_ int fd = fd_sealed_memfd("assay-probe", "x", 1);

	if (fd < 0)
		return fd;
	if (write(fd, "y", 1) >= 0 || errno != EPERM)
		return note_say(note, -ENOTSUP, "a sealed memfd can still be written");
	return note_say(note, 0, "contents can be sealed against change");
}

int try_realtime(const struct host_context *context _unused_, struct host_note *note)
{
	const struct sched_param param = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0)
		return -errno;
	return note_say(note, 0, "SCHED_FIFO is allowed");
}

/*
 * The session keyring of an administrator's login may hold keys: a sandbox joins a new, empty one.
 */
int try_session_keyring(const struct host_context *context _unused_, struct host_note *note)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return note_say(note, 0, "a sandbox gets a keyring of its own");
	if (errno == ENOSYS)
		return note_say(note, 0, "the kernel has no keyrings, so none can leak");
	return -errno;
}
