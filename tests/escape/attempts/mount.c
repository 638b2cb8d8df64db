/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts in the ways of mount(2): a tmpfs, a bind of /, a remount that makes the toolchain writable, a new /proc without the hiding, an overlay, and
 * a change of propagation. The filter closes the call; without it there is no capability, and the mount namespace belongs
 * to the host's user namespace, so that even root of this one could not.
 */
#include "tests/escape/attempt.h"

#include <sys/mount.h>

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "tmpfs";

	if (strcmp(what, "tmpfs") == 0)
		attempt_result(mount("none", "/tmp", "tmpfs", 0, NULL), what);
	if (strcmp(what, "bind") == 0)
		attempt_result(mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL), what);
	if (strcmp(what, "remount") == 0)
		attempt_result(mount(NULL, "/usr/lib", NULL, MS_REMOUNT | MS_BIND, NULL), what);
	if (strcmp(what, "remount-root") == 0)
		attempt_result(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL), what);
	if (strcmp(what, "proc") == 0)
		attempt_result(mount("proc", "/proc", "proc", 0, NULL), what);
	if (strcmp(what, "sysfs") == 0)
		attempt_result(mount("sysfs", "/tmp", "sysfs", 0, NULL), what);
	if (strcmp(what, "cgroup2") == 0)
		attempt_result(mount("none", "/tmp", "cgroup2", 0, NULL), what);
	if (strcmp(what, "overlay") == 0)
		attempt_result(mount("none", "/tmp", "overlay", 0,
				     "lowerdir=/usr,upperdir=/work,workdir=/tmp"),
			       what);
	attempt_result(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL), what);
}
