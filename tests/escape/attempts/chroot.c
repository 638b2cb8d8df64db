/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classic: chroot into a directory while a descriptor of the old root is open, then climb.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)mkdir("jail", 0755);
	attempt_try(chroot("jail"), "chroot");
	(void)fchdir(root);
	attempt_blocked();
}
