/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: each is made on its own, so that the report names the one that the kernel lacks.
 *
 * The user namespace is made as a sandbox's is, with a range of ids that its parent maps, since a
 * kernel may allow the namespace and a security module or an outer container refuse the map. The
 * others are made in the caller's own user namespace, as the engine makes them. All end with the
 * child that made them; a network namespace is torn down by the kernel in the background.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/host-attempts.h"
#include "supervisor/sandbox/slot-number.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum {
	SANDBOXES_MAX = 256, /* slots of one engine; each holds one user namespace */
};

static int write_map(pid_t pid, const char *name)
{
	char path[64], map[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	(void)snprintf(map, sizeof(map), "0 %d %d\n", SLOT_UID_BASE, SLOT_UIDS);
	return file_write(AT_FDCWD, path, map);
}

/* The one inside: makes the namespace, waits for its map, becomes its root. */
static int inside_user_namespace(int fd)
{
	char byte = 0;

	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		return -EPIPE;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	return getuid() == 0 && getgid() == 0 ? 0 : -EPERM;
}

static int map_user_namespace(pid_t pid, int fd)
{
	char byte = 0;
	int r;

	if (read(fd, &byte, 1) != 1)
		return -EPIPE;
	r = write_map(pid, "uid_map");
	if (r == 0)
		r = write_map(pid, "gid_map");
	if (r == 0 && write(fd, &byte, 1) != 1)
		r = -EPIPE;
	return r;
}

/* A namespace that was refused for its number has a remedy of its own. */
static int explain_user_namespace(struct host_note *note, int error)
{
	if (error == -ENOSPC || error == -EUSERS) {
		note->remedy = "Raise user.max_user_namespaces with sysctl(8).";
		return note_say(note, error, "refused: user.max_user_namespaces is reached");
	}
	if (error == -EPERM) {
		note->remedy = "If this is a container, run Assay on the host or give the container "
			       "the whole range of user ids and CAP_SETUID, CAP_SETGID.";
		return note_say(note, error, "refused by the host or by an outer container");
	}
	return error;
}

int try_user_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	int pair[2], r, inside;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = host_fork();
	if (pid < 0)
		return pid;
	if (pid == 0) {
		(void)close(pair[0]);
		_exit(-inside_user_namespace(pair[1]));
	}
	(void)close(pair[1]);
	r = map_user_namespace(pid, pair[0]);
	(void)close(pair[0]);
	inside = host_wait(pid);
	if (inside < 0 && inside != -EPIPE)
		r = inside;
	if (r < 0)
		return explain_user_namespace(note, r);
	return note_say(note, 0, "with ids from %d on", SLOT_UID_BASE);
}

int try_user_namespace_count(const struct host_context *context _unused_, struct host_note *note)
{
	uint64_t max;
	int r = file_read_u64(AT_FDCWD, "/proc/sys/user/max_user_namespaces", &max);

	if (r < 0)
		return r;
	return note_say(note, max >= SANDBOXES_MAX ? 0 : -ENOSPC,
			"user.max_user_namespaces is %llu", (unsigned long long)max);
}

/* The first child of an unshared pid namespace is its PID 1. */
int try_pid_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	pid_t pid;
	int r;

	if (unshare(CLONE_NEWPID) < 0)
		return -errno;
	pid = fork(); /* its parent is not visible to it: host_fork() would take it for an orphan */
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(getpid() == 1 ? 0 : 1);
	r = host_wait(pid);
	return r;
}

int try_mount_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	return unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}

int try_net_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

int try_loopback(const struct host_context *context _unused_, struct host_note *note)
{
	_cleanup_close_ int fd = -EBADF;
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return -errno;
	return 0;
}

int try_ipc_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	return unshare(CLONE_NEWIPC) < 0 ? -errno : 0;
}

int try_uts_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	static const char name[] = "assay-probe";

	if (unshare(CLONE_NEWUTS) < 0 || sethostname(name, sizeof(name) - 1) < 0)
		return -errno;
	return 0;
}

int try_cgroup_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

int try_time_namespace(const struct host_context *context _unused_, struct host_note *note)
{
	return unshare(CLONE_NEWTIME) < 0 ? -errno : 0;
}
