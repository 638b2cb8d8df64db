/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens everything of the first process, which is the agent's: its memory, descriptors, root and executable. It is invisible
 * (hidepid), has another uid, and is not dumpable.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const names[] = {
		"mem",	   "maps",    "environ",   "cmdline", "exe",	    "root",	 "cwd",
		"fd",	   "fd/0",    "fd/10",	   "fdinfo",  "ns/mnt",	    "ns/user",	 "stack",
		"syscall", "pagemap", "mountinfo", "status",  "task/1/mem", "map_files", "io"};
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "/proc/1/%s", names[i]);
		attempt_try(open(path, O_RDONLY | O_CLOEXEC), path);
		attempt_try(open(path, O_RDWR | O_CLOEXEC), path);
	}
	attempt_blocked();
}
