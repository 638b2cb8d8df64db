/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes mounts away: /proc with its hiding, the toolchain, the root (lazily).
 */
#include "tests/escape/attempt.h"

#include <sys/mount.h>

int main(void)
{
	attempt_try(umount2("/proc", MNT_DETACH), "/proc");
	attempt_try(umount2("/usr/lib", MNT_DETACH), "/usr/lib");
	attempt_try(umount2("/sandbox", MNT_DETACH), "/sandbox");
	attempt_try(umount2("/", MNT_DETACH), "/");
	attempt_blocked();
}
