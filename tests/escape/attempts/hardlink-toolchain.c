/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links a file of the toolchain and of /etc into the work directory, to keep or to change it there. Another mount: EXDEV, and Landlock's refer.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(link("/etc/passwd", "a"), "passwd");
	attempt_try(link("/usr/lib/os-release", "b"), "os-release");
	attempt_try(linkat(0, "", AT_FDCWD, "stdin", AT_EMPTY_PATH), "stdin");
	attempt_try(linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "stdin", AT_SYMLINK_FOLLOW),
		    "stdin by name");
	attempt_try(linkat(AT_FDCWD, "/proc/self/fd/1", AT_FDCWD, "stdout", AT_SYMLINK_FOLLOW),
		    "stdout by name");
	attempt_blocked();
}
