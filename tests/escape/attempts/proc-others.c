/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts processes that are not its own in /proc. The pid namespace has only the sandbox, and hidepid hides its first process.
 */
#include "tests/escape/attempt.h"

#include <ctype.h>
#include <dirent.h>

int main(void)
{
	DIR *dir = opendir("/proc");

	if (dir == NULL)
		attempt_blocked();
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid())
			attempt_escaped(entry->d_name);
	attempt_blocked();
}
