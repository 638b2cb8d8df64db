/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot's user namespace, made by its launcher before the first request: a namespace starts with a process in it, and a process of the supervisor's
 * would be a copy of much more. The one here forbids further namespaces below its own, waits until its ids are mapped and the namespace is held
 * by a descriptor, and is killed. It has the launcher's memory: a copy would take longer than all that it does.
 *
 * That none may be made below it seccomp says too, and does not stand alone: a namespace of one's own is all capabilities over it, and the
 * way to most of the kernel's faults. The maps are written from outside: that needs authority over the host's ids.
 *
 * Source: user_namespaces(7), namespaces(7) about /proc/sys/user.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/abi/launch.h"
#include "agent/call.h"
#include "agent/launch.h"
#include "agent/sandbox.h"
#include "lib/base/mem.h"

enum { USER_STACK_BYTES = 4096 };

/* What the two say to each other, and the child's stack: it has its parent's memory. */
static struct {
	_Alignas(16) char stack[USER_STACK_BYTES];
	int ours, theirs; /* of a pair of sockets */
	int error;	  /* the child's, said before its byte */
} user;

/*
 * In the namespace. Its parent's death ends it, also one that came before the signal was armed: then the socket hangs up. It makes its calls itself: libc's
 * errno is its parent's.
 */
static void user_child(void *argument _unused_)
{
	static const char path[] = "/proc/sys/user/max_user_namespaces";
	char byte = 0;
	long fd;

	(void)CALL(prctl, PR_SET_PDEATHSIG, SIGKILL);
	(void)CALL(close, user.ours);
	fd = CALL(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
	user.error = fd < 0 ? (int)fd : (int)MIN(CALL(write, fd, "0", 1), 0L);
	if (CALL(write, user.theirs, &byte, 1) == 1)
		(void)CALL(read, user.theirs, &byte, 1);
	(void)CALL(exit_group, 0);
}

static int map_write(pid_t pid, const char *map, const char *text, int size)
{
	char path[64];
	int fd, r;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, map);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, (size_t)size) == size ? 0 : -errno;
	(void)close(fd);
	return r;
}

static int ids_map(pid_t pid, uint32_t base)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "%d %u 1\n%d %u 1\n", LAUNCH_AGENT_ID, base,
			 LAUNCH_USER_ID, base + LAUNCH_USER_ID);
	int r = map_write(pid, "uid_map", text, n);

	return r < 0 ? r : map_write(pid, "gid_map", text, n);
}

/* With the child there and waiting. Descriptor of its namespace, or -errno. */
static int user_settle(pid_t pid, uint32_t base, uint32_t *ret_at)
{
	char path[64], byte;
	ssize_t n;
	int r, fd;

	*ret_at = LAUNCH_USER_FORBID;
	do
		n = read(user.ours, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return -EIO;
	if (user.error < 0)
		return user.error;
	*ret_at = LAUNCH_USER_MAP;
	r = ids_map(pid, base);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Descriptor of the namespace, or -errno; *ret_pid is who has to be ended, or 0. */
static int user_make(uint32_t base, uint32_t *ret_at, pid_t *ret_pid)
{
	const struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_VM,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)user.stack,
		.stack_size = sizeof(user.stack),
	};
	int pair[2], r;
	long pid;

	*ret_at = LAUNCH_USER_MAKE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	user.ours = pair[0];
	user.theirs = pair[1];
	pid = call_clone3(&args, user_child, NULL);
	r = (int)MIN(pid, 0L);
	(void)close(user.theirs);
	if (pid > 0) {
		*ret_pid = (pid_t)pid;
		r = user_settle((pid_t)pid, base, ret_at);
	}
	(void)close(user.ours);
	return r;
}

/* It must be gone before a sandbox is asked for: it has this process's memory. */
static void user_end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int launch_user(uint32_t base, uint32_t *ret_at)
{
	pid_t pid = 0;
	int fd = user_make(base, ret_at, &pid);

	if (pid > 0)
		user_end(pid);
	return fd;
}
