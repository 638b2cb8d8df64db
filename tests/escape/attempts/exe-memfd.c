/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes code that is in no file: a memfd, and a deleted copy of itself. That is no escape by itself; what it becomes is as bound as it was: the
 * child tries to be root and to mount.
 */
#include "tests/escape/attempt.h"

#include <sys/mman.h>
#include <sys/mount.h>

int main(int argc, char **argv)
{
	char *const again[] = {(char *)"again", (char *)"child", NULL}, *const none[] = {NULL};
	char buffer[65536];
	int from, to;
	ssize_t n;

	if (argc > 1 && strcmp(argv[1], "child") == 0) {
		attempt_try(setuid(0), "setuid");
		attempt_blocked();
	}
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = (int)syscall(SYS_memfd_create, "x", 0);
	if (from < 0 || to < 0)
		attempt_blocked();
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			attempt_blocked();
	(void)snprintf(buffer, sizeof(buffer), "/proc/self/fd/%d", to);
	(void)execve(buffer, again, none);
	(void)syscall(SYS_execveat, to, "", again, none, 0x1000);
	attempt_blocked();
}
