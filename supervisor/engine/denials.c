/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy names files by their paths in the sandbox. The kernel side knows them by their inodes, which last while somebody holds them: so
 * they are opened when a job starts, once for all its steps, and held until its end. A file that is not there is an error and not
 * nothing to deny: it may be a mistyped name.
 */

#include "supervisor/engine/denials.h"

#include <errno.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/sandbox/namespaces.h"

int denials_open(const struct policy_phase *phase, int root_fd, struct denials *denials,
		 struct fault *fault)
{
	const struct policy_deny *deny = &phase->deny;
	size_t n_exec = strv_length(deny->exec), n_open = strv_length(deny->open);
	int r = 0;

	*denials = (struct denials){.probe = {.connect = deny->connect}};
	if (n_exec + n_open == 0)
		return 0;
	denials->fds = new0(int, n_exec + n_open);
	if (denials->fds == NULL)
		return fault_set(fault, -ENOMEM, "policy", "denied files");
	denials->n_fds = n_exec + n_open;
	for (size_t i = 0; i < denials->n_fds; i++)
		denials->fds[i] = -EBADF;
	denials->probe.exec = denials->fds;
	denials->probe.n_exec = n_exec;
	denials->probe.open = denials->fds + n_exec;
	denials->probe.n_open = n_open;
	if (n_exec > 0)
		r = namespace_files_open(root_fd, deny->exec, denials->fds, fault);
	if (r == 0 && n_open > 0)
		r = namespace_files_open(root_fd, deny->open, denials->fds + n_exec, fault);
	return r;
}

void denials_clear(struct denials *denials)
{
	for (size_t i = 0; i < denials->n_fds; i++)
		(void)fd_close(denials->fds[i]);
	free(denials->fds);
	*denials = (struct denials){0};
}
