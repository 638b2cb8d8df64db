/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes ownership of the toolchain's files. No capability, read-only mounts, ids that are not mapped.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(chown("/etc/passwd", 1000, 1000), "/etc/passwd");
	attempt_try(chown("/usr/lib/os-release", 1000, 1000), "os-release");
	attempt_try(lchown("/bin", 1000, 1000), "/bin");
	attempt_blocked();
}
