/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A slot for all tests of a file, and sandboxes in it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/plan-build.h"
#include "supervisor/sandbox/sandbox.h"
#include "supervisor/sandbox/scratch.h"

enum { END_MSEC = 20000 };

static struct slot_set *set;
static struct slot *slot;
static int root_fd = -EBADF;
static bool renew; /* the launcher was killed and may be dying still */

static struct sock_filter allow_all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
/* dash asks for its parent's pid when it starts. */
static struct sock_filter getppid_notifies[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static const struct policy_filter open_filter = {
	.instructions = allow_all,
	.n_instructions = ARRAY_SIZE(allow_all),
};
static const struct policy_filter denying_filter = {
	.instructions = getppid_notifies,
	.n_instructions = ARRAY_SIZE(getppid_notifies),
	.notifies = true,
};

static const struct limits limits = {
	.value =
		{
			[LIMIT_CPU] = 5 * NSEC_PER_SEC,
			[LIMIT_WALL] = 10 * NSEC_PER_SEC,
			[LIMIT_MEMORY] = 64 << 20,
			[LIMIT_PIDS] = 8,
			[LIMIT_OUTPUT] = 4096,
			[LIMIT_DISK] = 1 << 20,
			[LIMIT_INODES] = 64,
			[LIMIT_FILES] = 64,
		},
	.set = 1U << LIMIT_CPU | 1U << LIMIT_WALL | 1U << LIMIT_MEMORY | 1U << LIMIT_PIDS |
	       1U << LIMIT_OUTPUT | 1U << LIMIT_DISK | 1U << LIMIT_INODES | 1U << LIMIT_FILES,
};

static char *const shell_env[] = {(char *)"PATH=/usr/bin", NULL};

static inline const char *libexec_dir(void)
{
	static char path[4096];
	const char *build = getenv("ASSAY_BUILD");

	(void)snprintf(path, sizeof(path), "%s/libexec/assay", build != NULL ? build : ".");
	return path;
}

static inline int group_setup(void **state _unused_)
{
	struct policy_mount mount = {.source = (char *)"/usr", .target = (char *)"/usr"};
	struct fault fault = {0};

	if (geteuid() != 0)
		return 0;
	if (slot_set_open(libexec_dir(), &(struct cgroup_options){0}, &set, &fault) < 0 ||
	    slot_open(set, &slot, &fault) < 0 ||
	    (root_fd = namespace_root_create(&mount, 1, &fault)) < 0) {
		print_message("# %s: %s\n", fault.layer, fault.text);
		return -1;
	}
	return 0;
}

static inline int group_teardown(void **state _unused_)
{
	slot = slot_close(slot);
	set = slot_set_close(set);
	root_fd = fd_close(root_fd);
	return 0;
}

static inline bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static inline struct sandbox_spec spec_of(char *const *argv)
{
	return (struct sandbox_spec){
		.argv = argv,
		.env = shell_env,
		.limits = &limits,
		.filter = &open_filter,
		.root_fd = root_fd,
		.scratch_fd = -EBADF,
		.stage_fd = -EBADF,
		.stdin_fd = -EBADF,
		.extra_fds = {-EBADF, -EBADF},
	};
}

/* As the engine does it between two jobs. */
static inline void slot_ready(struct fault *fault)
{
	if (renew || slot->broken || !slot_alive(slot)) {
		renew = false;
		slot = slot_close(slot);
		assert_int_equal(slot_open(set, &slot, fault), 0);
	}
}

static inline void start(struct sandbox *sandbox, const struct sandbox_spec *spec)
{
	struct fault fault = {0};

	slot_ready(&fault);
	if (sandbox_start(sandbox, slot, spec, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
}

static inline bool wait_readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, END_MSEC) > 0;
}

/* Hears reports until the sandbox has come to `state` or further, or the channel ends. */
static inline void await_state(struct sandbox *sandbox, enum sandbox_state state)
{
	/* The launcher's report may come after those of PID 1. */
	while (sandbox->state < state || sandbox->pidfd < 0) {
		assert_true(wait_readable(sandbox->report_fd));
		if (sandbox_on_report(sandbox) <= 0)
			return;
	}
}

static inline struct step_result finish(struct sandbox *sandbox)
{
	struct step_result step;
	struct fault fault = {0};

	step_result_init(&step);
	if (sandbox_finish(sandbox, &step, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	return step;
}

static inline struct step_result run(struct sandbox *sandbox, const struct sandbox_spec *spec)
{
	start(sandbox, spec);
	await_state(sandbox, SANDBOX_EXITED);
	if (sandbox->pidfd >= 0)
		assert_true(wait_readable(sandbox->pidfd));
	return finish(sandbox);
}

static inline void assert_output(int fd, const char *expected)
{
	char text[256] = {0};

	assert_true(fd_pread_full(fd, text, sizeof(text) - 1, 0) >= 0);
	assert_string_equal(text, expected);
}

#define SHELL(text) ((char *const[]){(char *)"/usr/bin/dash", (char *)"-c", (char *)(text), NULL})
