/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installs a filter of its own that answers calls before the supervisor's sees them, with a listener of its own.
 */
#include "tests/escape/attempt.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

int main(int argc, char **argv)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};

	if (argc > 1)
		attempt_result(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), "prctl");
	attempt_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			       SECCOMP_FILTER_FLAG_NEW_LISTENER, &program),
		       "seccomp");
}
