/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root is built by a thread of its own. unshare and pivot_root concern the calling thread alone, once it has a mount namespace: it ends in there, and
 * its caller never left its own. A process would do as well, but would first have to be copied from this one, page tables and all.
 *
 * A source can be a network file system that does not answer, and the engine must not wait for it for long. A thread cannot be killed: it is left to itself, with
 * all that it needs, and ends when the source answers, or with this process.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/thread.h"
#include "lib/base/urgent.h"
#include "supervisor/sandbox/namespaces.h"
#include "supervisor/sandbox/root.h"

enum { ROOT_SEC = 10 };

/* Owned by its thread and by who asked for it; the last one frees. */
struct root_making {
	pthread_t thread;
	unsigned owners;	     /* atomic */
	struct policy_mount *mounts; /* copies: who asked may not wait for the end */
	int *trees;
	size_t n_mounts;
	struct fault fault;
	int fd; /* the namespace, or -errno */
};

static void making_leave(struct root_making *making)
{
	if (__atomic_sub_fetch(&making->owners, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	(void)fd_close(making->fd);
	for (size_t i = 0; i < making->n_mounts; i++) {
		free(making->mounts[i].source);
		free(making->mounts[i].target);
	}
	free(making->mounts);
	free(making->trees);
	free(making);
}

static struct root_making *making_new(const struct policy_mount *mounts, size_t n_mounts)
{
	struct root_making *making = new0(struct root_making, 1);

	if (making == NULL)
		return NULL;
	making->owners = 1;
	making->fd = -EBADF;
	making->mounts = new0(struct policy_mount, n_mounts + 1);
	making->trees = new0(int, n_mounts + 1);
	for (size_t i = 0; i < n_mounts && making->mounts != NULL; i++) {
		making->mounts[i] = (struct policy_mount){
			.source = strdup(mounts[i].source),
			.target = strdup(mounts[i].target),
			.optional = mounts[i].optional,
		};
		making->n_mounts = i + 1;
		if (making->mounts[i].source == NULL || making->mounts[i].target == NULL) {
			making_leave(making);
			return NULL;
		}
	}
	if (making->mounts != NULL && making->trees != NULL)
		return making;
	making_leave(making);
	return NULL;
}

static void *root_make(void *argument)
{
	struct root_making *making = argument;
	/* From inside there is no /proc to find it by. */
	_cleanup_close_ int own = open("/proc/thread-self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct root_request request = {making->mounts, making->n_mounts, making->trees};
	int r;

	urgent_end_here();
	r = root_build(&request, &making->fault);
	making->fd = r < 0 ? r : openat(own, "mnt", O_RDONLY | O_CLOEXEC);
	if (r == 0 && making->fd < 0)
		making->fd = fault_set(&making->fault, -errno, "mount-namespace",
				       "cannot open the new root");
	making_leave(making);
	return NULL;
}

/* Waits for it, but not longer than ROOT_SEC. 0, or an error number. */
static int thread_join(struct root_making *making)
{
	struct timespec end;

#ifdef __SANITIZE_THREAD__
	/* ThreadSanitizer knows only this one, whose clock can be set. */
	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += ROOT_SEC;
	return pthread_timedjoin_np(making->thread, NULL, &end);
#else
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ROOT_SEC;
	return pthread_clockjoin_np(making->thread, NULL, CLOCK_MONOTONIC, &end);
#endif
}

/* One that takes too long is left alone: it ends when its source answers, or with this process. */
static int thread_await(struct root_making *making, struct fault *fault)
{
	int r = thread_join(making);

	if (r != 0) {
		(void)pthread_detach(making->thread);
		return fault_say(
			fault, -ETIMEDOUT, "mounts",
			"making the sandbox's root takes too long; does every mount source answer?");
	}
	if (making->fd < 0 && fault != NULL)
		*fault = making->fault;
	return making->fd < 0 ? making->fd : TAKE_FD(making->fd);
}

int namespace_root_create(const struct policy_mount *mounts, size_t n_mounts, struct fault *fault)
{
	struct root_making *making = making_new(mounts, n_mounts);
	int r;

	if (making == NULL)
		return fault_set(fault, -ENOMEM, "mounts", "root");
	making->owners = 2;
	r = thread_start(&making->thread, root_make, making);
	if (r == 0) {
		r = thread_await(making, fault);
	} else {
		making->owners = 1;
		(void)fault_set(fault, r, "mounts", "cannot start a thread");
	}
	making_leave(making);
	return r;
}
