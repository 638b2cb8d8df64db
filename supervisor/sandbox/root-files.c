/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as a sandbox will see them: what stands behind a path depends on the mounts and links of its root, so the path is followed there. In a
 * thread with a root of its own, which ends in the other namespace: its caller never leaves its own.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/namespaces.h"

struct visit {
	int root_fd;
	char *const *paths;
	int *fds;
	struct fault *fault;
	int r;
};

static int file_open(const char *path, struct fault *fault)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_set(fault, -errno, "policy", "the policy denies %.200s", path);
	if (!S_ISREG(st.st_mode))
		return fault_say(fault, -EINVAL, "policy",
				 "the policy denies %.200s, which is no regular file; "
				 "a directory is left out of the mounts instead",
				 path);
	return TAKE_FD(fd);
}

static void *visit_make(void *argument)
{
	struct visit *visit = argument;

	if (unshare(CLONE_FS) < 0 || setns(visit->root_fd, CLONE_NEWNS) < 0) {
		visit->r = fault_set(visit->fault, -errno, "mount-namespace",
				     "cannot look into the sandbox's root");
		return NULL;
	}
	for (size_t i = 0; visit->paths[i] != NULL && visit->r == 0; i++) {
		visit->fds[i] = file_open(visit->paths[i], visit->fault);
		visit->r = MIN(visit->fds[i], 0);
	}
	return NULL;
}

int namespace_files_open(int root_fd, char *const *paths, int *fds, struct fault *fault)
{
	struct visit visit = {.root_fd = root_fd, .paths = paths, .fds = fds, .fault = fault};
	pthread_t thread;
	int r = pthread_create(&thread, NULL, visit_make, &visit);

	if (r != 0)
		return fault_set(fault, -r, "mount-namespace", "cannot start a thread");
	(void)pthread_join(thread, NULL);
	return visit.r;
}
