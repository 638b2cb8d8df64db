/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network namespaces that are made once and entered often.
 *
 * A network namespace costs 0.4 ms to make and as much again in the kernel's workers to remove, so clean ones are kept. Clean
 * means: all its interfaces are down (the sandbox has no authority to change that) and its socket count is zero.
 */

#include "supervisor/sandbox/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/thread.h"
#include "lib/base/urgent.h"

static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return -errno;
	return 0;
}

/* In the new namespace: opens what is kept of it. */
static int net_describe(bool loopback, struct namespace_net *net)
{
	if (loopback) {
		int r = loopback_up();

		if (r < 0)
			return r;
	}
	net->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	net->sockstat_fd = open("/proc/thread-self/net/sockstat", O_RDONLY | O_CLOEXEC);
	return net->fd < 0 || net->sockstat_fd < 0 ? -errno : 0;
}

struct namespace_net_making {
	pthread_t thread;
	struct namespace_net net;
	struct fault fault;
	int r;
};

static void *net_make(void *argument)
{
	struct namespace_net_making *making = argument;

	urgent_end_here();
	if (unshare(CLONE_NEWNET) < 0) {
		making->r =
			fault_set(&making->fault, -errno, "net-namespace",
				  "cannot make a network namespace (see user.max_net_namespaces)");
		return NULL;
	}
	making->r = net_describe(making->net.loopback, &making->net);
	if (making->r < 0)
		(void)fault_set(&making->fault, making->r, "net-namespace",
				"cannot set up a network namespace");
	return NULL;
}

/*
 * In a thread, which a network namespace belongs to as well as to a process: it ends in the new one, and its caller never left its
 * own. Coming back could fail, and going on in a sandbox's network would be worse than not going on.
 */
struct namespace_net_making *namespace_net_make(bool loopback)
{
	struct namespace_net_making *making = new0(struct namespace_net_making, 1);

	if (making == NULL)
		return NULL;
	making->net =
		(struct namespace_net){.fd = -EBADF, .sockstat_fd = -EBADF, .loopback = loopback};
	if (thread_start(&making->thread, net_make, making) == 0)
		return making;
	free(making);
	return NULL;
}

int namespace_net_made(struct namespace_net_making *making, struct namespace_net *ret_net,
		       struct fault *fault)
{
	int r;

	if (making == NULL)
		return fault_set(fault, -EAGAIN, "net-namespace", "cannot start a thread");
	(void)pthread_join(making->thread, NULL);
	r = making->r;
	if (r == 0)
		*ret_net = making->net;
	else
		namespace_net_close(&making->net);
	if (r < 0 && fault != NULL)
		*fault = making->fault;
	free(making);
	return r;
}

void namespace_net_forget(struct namespace_net_making *making)
{
	struct namespace_net net;

	if (making != NULL && namespace_net_made(making, &net, NULL) == 0)
		namespace_net_close(&net);
}

int namespace_net_create(bool loopback, struct namespace_net *ret_net, struct fault *fault)
{
	return namespace_net_made(namespace_net_make(loopback), ret_net, fault);
}

bool namespace_net_clean(const struct namespace_net *net)
{
	static const char line[] = "sockets: used 0\n";
	char text[sizeof(line)];

	if (net->fd < 0 || net->loopback)
		return false;
	return fd_pread_full(net->sockstat_fd, text, sizeof(line) - 1, 0) == sizeof(line) - 1 &&
	       memcmp(text, line, sizeof(line) - 1) == 0;
}

void namespace_net_close(struct namespace_net *net)
{
	net->fd = fd_close(net->fd);
	net->sockstat_fd = fd_close(net->sockstat_fd);
}
