/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Number and arguments are the registers as the kernel saw them at entry; the pid is the kernel's; the thread's name is read
 * while the thread is stopped, and checked to be still that thread's afterwards (SECCOMP_IOCTL_NOTIF_ID_VALID), because
 * pids are reused. A caller that died or had a signal before its notification was read (ENOENT) was still told of: that is a denial of which
 * only the fact is known here; the engine may find its number among what was counted. Pointers among the arguments are not followed.
 */

#include "supervisor/sandbox/denial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/base/file.h"

int denial_receive(int listener_fd, struct denied_call *ret_call)
{
	struct seccomp_notif notification = {0};
	struct denied_call call = {0};
	char path[64], comm[32]; /* 15 bytes and a newline, at most */

	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0)
		return errno == EINTR ? 0 : -errno;
	call.nr = notification.data.nr;
	call.arch = notification.data.arch;
	call.pid = (pid_t)notification.pid;
	for (size_t i = 0; i < ARRAY_SIZE(call.args); i++)
		call.args[i] = notification.data.args[i];
	(void)snprintf(path, sizeof(path), "/proc/%u/comm", notification.pid);
	if (file_read(AT_FDCWD, path, comm, sizeof(comm)) > 0)
		(void)snprintf(call.comm, sizeof(call.comm), "%.15s", comm);
	/* The caller may be dead by now; its call was made all the same. Only the name may be somebody else's. */
	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &notification.id) < 0)
		call.comm[0] = '\0';
	*ret_call = call;
	return 1;
}
