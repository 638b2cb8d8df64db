/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes modes and times of the toolchain's files. Read-only mounts and foreign ownership stop it; Landlock does not know
 * chmod, so these two carry it alone.
 */
#include "tests/escape/attempt.h"

#include <sys/time.h>

int main(void)
{
	static const char *const existing[] = {
		"/etc/passwd", "/usr/lib/os-release", "/usr/lib", "/", "/etc", "/dev/null", "/dev",
		"/sandbox",    "/proc/self"};

	for (size_t i = 0; i < sizeof(existing) / sizeof(existing[0]); i++) {
		attempt_try(chmod(existing[i], 0777), existing[i]);
		attempt_try(utimes(existing[i], NULL), existing[i]);
	}
	attempt_blocked();
}
