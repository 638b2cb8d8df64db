/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request or an order: descriptors with a mask that says which they are. The supervisor sends both, so a bad one is a bug; what is
 * received is counted all the same, and a message that is not whole is no message.
 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/abi/launch.h"
#include "agent/call.h"
#include "agent/sandbox.h"
#include "lib/base/mem.h"

void sandbox_fds_close(struct sandbox *sandbox)
{
	for (int i = 0; i < AGENT_FD_MAX; i++) {
		if (sandbox->fd[i] >= 0)
			(void)close(sandbox->fd[i]);
		sandbox->fd[i] = -EBADF;
	}
}

/* Gives received descriptors their places by the mask. -EPROTO when counts differ; all are closed then. */
static int fds_place(struct sandbox *sandbox, uint32_t mask, uint32_t required, const int *fds,
		     size_t n)
{
	size_t at = 0;

	for (int i = 0; i < AGENT_FD_MAX; i++)
		if ((mask & 1U << i) != 0 && at < n)
			sandbox->fd[i] = fds[at++];
	if (at == n && n == (size_t)__builtin_popcount(mask) && (mask & required) == required)
		return 0;
	for (; at < n; at++)
		(void)close(fds[at]);
	sandbox_fds_close(sandbox);
	return -EPROTO;
}

int request_receive(int socket_fd, uint32_t required, struct sandbox *sandbox, void *plan,
		    size_t *size)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * AGENT_FD_MAX)];
	} control;
	struct launch_request request;
	struct iovec iov[] = {{.iov_base = &request, .iov_len = sizeof(request)},
			      {.iov_base = plan, .iov_len = size != NULL ? *size : 0}};
	struct msghdr msg = {.msg_iov = iov,
			     .msg_iovlen = ARRAY_SIZE(iov),
			     .msg_control = control.bytes,
			     /* Not the aligned size, which would have room for one more. */
			     .msg_controllen = CMSG_LEN(sizeof(int) * AGENT_FD_MAX)};
	int fds[AGENT_FD_MAX];
	size_t n = 0;
	long got;

	do
		got = CALL(recvmsg, socket_fd, &msg, MSG_CMSG_CLOEXEC);
	while (got == -EINTR);
	if (got <= 0)
		return (int)got;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), MIN(n, ARRAY_SIZE(fds)) * sizeof(int));
	}
	if (got < (long)sizeof(request) || request.magic != LAUNCH_MAGIC ||
	    (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		request.fd_mask = 0;
	else if (size != NULL)
		*size = (size_t)got - sizeof(request);
	sandbox->ipc_shared = request.fd_mask != 0 && (request.flags & LAUNCH_IPC_SHARED) != 0;
	return fds_place(sandbox, request.fd_mask, required, fds, n) < 0 ? -EPROTO : 1;
}
