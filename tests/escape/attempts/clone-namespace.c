/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same by clone(2), whose flags the filter looks at.
 */
#include "tests/escape/attempt.h"

#include <sched.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} kinds[] = {{"user", CLONE_NEWUSER},
		     {"mnt", CLONE_NEWNS},
		     {"pid", CLONE_NEWPID},
		     {"net", CLONE_NEWNET},
		     {"ipc", CLONE_NEWIPC},
		     {"uts", CLONE_NEWUTS},
		     {"cgroup", CLONE_NEWCGROUP},
		     /* bits above 32 are cut off by the kernel, and must not fool the filter */
		     {"high", CLONE_NEWUSER | 1UL << 40}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long pid;

		if (argc < 2 || strcmp(argv[1], kinds[i].name) != 0)
			continue;
		pid = syscall(SYS_clone, kinds[i].flag | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(0);
		attempt_result(pid, argv[1]);
	}
	return 1;
}
