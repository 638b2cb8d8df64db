/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a namespace of the kind that the argument names: in a new user namespace a program has every capability and half of the
 * kernel's code open to it.
 */
#include "tests/escape/attempt.h"

#include <sched.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = {{"user", CLONE_NEWUSER},
		     {"mnt", CLONE_NEWNS},
		     {"pid", CLONE_NEWPID},
		     {"net", CLONE_NEWNET},
		     {"ipc", CLONE_NEWIPC},
		     {"uts", CLONE_NEWUTS},
		     {"cgroup", CLONE_NEWCGROUP},
		     {"time", 0x80},
		     {"all", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (argc > 1 && strcmp(argv[1], kinds[i].name) == 0)
			attempt_result(unshare(kinds[i].flag), argv[1]);
	return 1;
}
