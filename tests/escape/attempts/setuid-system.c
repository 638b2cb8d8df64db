/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes the host's setuid programs (su, mount, passwd, ping) where a policy shows them, and asks in a child what it became. The
 * child stops before it runs anything: it is traced by nobody, so the runner sees the effect only through /proc/self/status of the child.
 * nosuid and no_new_privs make them ordinary programs.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const programs[] = {"/usr/bin/su",	      "/usr/bin/mount",
					       "/usr/bin/passwd",     "/usr/bin/newgrp",
					       "/usr/bin/chsh",	      "/usr/bin/ping",
					       "/usr/bin/sudo",	      "/usr/bin/pkexec",
					       "/usr/bin/fusermount3"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		int status = 0;
		pid_t pid;
		struct stat st;

		if (stat(programs[i], &st) < 0)
			continue;
		pid = fork();
		if (pid == 0) {
			/* "mount -t tmpfs none /mnt" and its like: all of them want privilege for this. */
			(void)freopen("/dev/null", "r", stdin);
			(void)execl(programs[i], programs[i],
				    strstr(programs[i], "mount") ? "-t" : "-c",
				    strstr(programs[i], "mount") ? "tmpfs" : "true", "none", "/tmp",
				    NULL);
			_exit(126);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0)
			attempt_escaped(programs[i]);
	}
	attempt_blocked();
}
