/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same by clone3(2), whose flags lie in memory where no filter can look; and into another cgroup. It answers ENOSYS in every profile.
 */
#include "tests/escape/attempt.h"

#include <linux/sched.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} kinds[] = {{"user", CLONE_NEWUSER},
		     {"mnt", CLONE_NEWNS},
		     {"pid", CLONE_NEWPID},
		     {"net", CLONE_NEWNET},
		     {"time", 0x80},
		     {"cgroup", 0x200000000ULL},
		     {"plain", 0}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct clone_args args = {.flags = kinds[i].flag, .exit_signal = SIGCHLD};
		long pid;

		if (argc < 2 || strcmp(argv[1], kinds[i].name) != 0)
			continue;
		pid = syscall(SYS_clone3, &args, sizeof(args));
		if (pid == 0)
			_exit(0);
		attempt_result(pid, argv[1]);
	}
	return 1;
}
