/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A group of its own for every program that a test meters. */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/probe/probe.h"

enum { SHARED_FD = 9 }; /* where a program finds the memory that it shares with the test */

static int tree_fd = -EBADF;

static inline int tree_open(void)
{
	static const char *const paths[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int fd = open(paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0 && faccessat(fd, "cgroup.procs", F_OK, 0) == 0)
			return fd;
		(void)fd_close(fd);
	}
	return -ENOENT;
}

/* Memory that a test shares with its programs. Returns where it is; the descriptor for spawn() in `ret_fd`. */
static inline void *shared_make(size_t size, int *ret_fd)
{
	int fd = memfd_create("shared", MFD_CLOEXEC);
	void *memory = fd < 0 || ftruncate(fd, (off_t)size) < 0 ?
			       MAP_FAILED :
			       mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	*ret_fd = fd;
	return memory == MAP_FAILED ? NULL : memory;
}

static inline int group_make(char name[static 64])
{
	static unsigned count;

	(void)snprintf(name, 64, "assay-test-%d-%u", getpid(), count++);
	if (mkdirat(tree_fd, name, 0755) < 0)
		return -errno;
	return openat(tree_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The child's half: only what needs no memory. Executes. */
static inline _Noreturn void child_exec(const char *const argv[], int shared_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)dup2(null, 0);
	(void)dup2(null, 1);
	(void)dup2(null, 2);
	/* dup2() of a descriptor to itself would leave it to be closed by the execve. */
	if (shared_fd == SHARED_FD)
		(void)fcntl(SHARED_FD, F_SETFD, 0);
	else
		(void)dup2(shared_fd, SHARED_FD);
	(void)execv(argv[0], (char *const *)argv);
	_exit(127);
}

static inline pid_t spawn(int group_fd, const char *const argv[], int shared_fd)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)group_fd,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		child_exec(argv, shared_fd);
	return pid;
}

/* Waits until nothing lives in the group, polling, and removes it. False: something does not end. */
static inline bool group_settle(struct probe *probe, int group, const char *name)
{
	for (int i = 0; i < 5000; i++) {
		(void)probe_poll(probe, 4096);
		if (unlinkat(tree_fd, name, AT_REMOVEDIR) == 0)
			return true;
		(void)usleep(1000);
	}
	(void)file_write(group, "cgroup.kill", "1");
	return false;
}

/*
 * Opens the tree of groups and a probe for steps beside a group in it. `refusal` says what is missing when the probe is NULL: no root, no BPF. False:
 * the test itself cannot go on.
 */
static inline bool probe_for_test(struct probe_options *options, struct probe **ret_probe,
				  char refusal[static 256])
{
	char name[64];
	struct fault fault = {0};
	_cleanup_close_ int group = -EBADF;

	if (geteuid() != 0) {
		(void)snprintf(refusal, 256, "root");
		return true;
	}
	tree_fd = tree_open();
	options->group_fd = group = group_make(name);
	if (group < 0)
		return false;
	if (probe_open(options, ret_probe, &fault) < 0)
		(void)snprintf(refusal, 256, "bpf: %.200s", fault.text);
	(void)unlinkat(tree_fd, name, AT_REMOVEDIR);
	return true;
}
