/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Climbs out of the root with "..", by name, by descriptor and with openat2. There is nothing above it: the mount namespace's own root is the sandbox's.
 */
#include "tests/escape/attempt.h"

#include <linux/openat2.h>

int main(void)
{
	char path[4096] = "/";
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
	int root;

	for (int i = 0; i < 600; i++)
		(void)strcat(path, "../");
	(void)strcat(path, "etc/shadow");
	attempt_read(path);
	for (int i = 0; i < 64; i++)
		(void)chdir("..");
	attempt_read("etc/shadow");
	attempt_read("root/.profile");
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)fchdir(root);
	attempt_try(openat(root, "../etc/shadow", O_RDONLY), "openat");
	attempt_try(syscall(SYS_openat2, root, "../../etc/shadow", &how, sizeof(how)), "openat2");
	attempt_blocked();
}
