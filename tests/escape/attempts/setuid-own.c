/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes its own program setuid and setgid and executes it: it would be the same user, and the mount is nosuid. Then asks whether
 * the kernel treats it as privileged (AT_SECURE).
 */
#include "tests/escape/attempt.h"

#include <sys/auxv.h>

int main(int argc, char **argv)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (argc > 1 && strcmp(argv[1], "child") == 0) {
		if (getauxval(AT_SECURE) != 0 || geteuid() == 0)
			attempt_escaped("privileged");
		attempt_blocked();
	}
	if (n <= 0)
		attempt_blocked();
	path[n] = '\0';
	(void)chmod(path, 06755);
	(void)execl(path, path, "child", NULL);
	attempt_blocked();
}
