/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Namespaces that outlive one sandbox, held by descriptor. Context: any thread. They are made and visited by threads of their own, and nobody
 * leaves the namespaces that he is in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/abi/launch.h"
#include "lib/base/fault.h"
#include "lib/contract/policy.h"

/* Ids inside the sandbox: the agent's and the submission's. Nothing else is mapped. */
enum { SANDBOX_AGENT_ID = LAUNCH_AGENT_ID, SANDBOX_USER_ID = LAUNCH_USER_ID };

/*
 * A mount namespace whose root is a read-only tree with `mounts`, the generated /etc and /dev, and empty /proc and
 * /sandbox to mount on. Returns a descriptor or -errno; a mount whose source is missing is -ENOENT and named, unless
 * optional. Source: mount_namespaces(7), mount_setattr(2).
 */
int namespace_root_create(const struct policy_mount *mounts, size_t n_mounts, struct fault *fault);

/*
 * Opens regular files (O_PATH) by their paths in the mount namespace `root_fd`, links followed there. `paths` ends with NULL, `fds` has as many places,
 * which hold -EBADF before. 0 or -errno with a fault; what was opened is in `fds` in any case, and the caller's to close.
 */
int namespace_files_open(int root_fd, char *const *paths, int *fds, struct fault *fault);

/* A network namespace, and the means to see whether a sandbox left something in it. */
struct namespace_net {
	int fd;		 /* of the namespace */
	int sockstat_fd; /* its /proc/net/sockstat */
	bool loopback;	 /* lo is up */
};

/* One that is being made by a thread. */
struct namespace_net_making;

/* Starts to make one, which takes 0.4 ms of somebody's time. Returns NULL when that cannot be; else namespace_net_made() follows. */
struct namespace_net_making *namespace_net_make(bool loopback);

/* Waits for it. 0 or -errno with a fault; frees `making` in any case. The caller closes it. Source: network_namespaces(7). */
int namespace_net_made(struct namespace_net_making *making, struct namespace_net *ret_net,
		       struct fault *fault);

/* Waits for one that nobody wants any more; NULL: there is none. */
void namespace_net_forget(struct namespace_net_making *making);

/* Both at once. */
int namespace_net_create(bool loopback, struct namespace_net *ret_net, struct fault *fault);

/*
 * Whether it is as it was made: no interface was ever up, and no socket exists in it. Only then may it be used again, by the
 * same slot.
 */
bool namespace_net_clean(const struct namespace_net *net);

/* Closes it and makes it empty. */
void namespace_net_close(struct namespace_net *net);
