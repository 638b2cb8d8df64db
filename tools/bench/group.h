/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A control group of its own for the programs that a measurement runs. */

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/mem.h"
#include "tools/bench/bench-engine.h"

struct bench_group {
	int fd;
	char path[64];
};

/* Makes it in the tree of version 2. Ends the program when that cannot be. */
static inline struct bench_group bench_group_make(void)
{
	static const char *const trees[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	struct bench_group group = {.fd = -EBADF};

	for (size_t i = 0; i < ARRAY_SIZE(trees) && group.fd < 0; i++) {
		(void)snprintf(group.path, sizeof(group.path), "%s/assay-bench-%d", trees[i],
			       getpid());
		if (mkdir(group.path, 0755) == 0)
			group.fd = open(group.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (group.fd < 0)
		bench_fail("no cgroup can be made", NULL);
	return group;
}

/* Executes a program in the group. Returns its number; ends the program when that cannot be. */
static inline pid_t bench_group_run(const struct bench_group *group, const char *const argv[])
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)group->fd,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		(void)execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0)
		bench_fail("clone3", NULL);
	return pid;
}

static inline void bench_group_remove(struct bench_group *group)
{
	group->fd = fd_close(group->fd);
	(void)rmdir(group->path);
}
