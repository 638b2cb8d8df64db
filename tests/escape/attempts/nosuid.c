/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for a place from which setuid and file capabilities would count. Every mount is nosuid and the process has no_new_privs.
 */
#include "tests/escape/attempt.h"

#include <sys/statvfs.h>

int main(void)
{
	static const char *const paths[] = {"/",    "/usr/lib", "/usr/bin", "/work",
					    "/tmp", "/dev/shm", "/proc",    "/etc"};
	struct statvfs st;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (statvfs(paths[i], &st) == 0 && (st.f_flag & ST_NOSUID) == 0)
			attempt_escaped(paths[i]);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		attempt_escaped("no_new_privs is off");
	attempt_blocked();
}
