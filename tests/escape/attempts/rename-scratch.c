/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves the work directory away and puts something else in its place, for the supervisor to walk into. The directory
 * above it is not the submission's.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_try(rename("/sandbox/work", "/sandbox/gone"), "rename");
	attempt_try(rename("/sandbox/work", "/sandbox/tmp/gone"), "rename");
	attempt_try(rmdir("/sandbox/work"), "rmdir");
	attempt_try(rmdir("/sandbox/shm"), "rmdir");
	attempt_try(symlink("/etc", "/sandbox/x"), "symlink");
	attempt_try(unlink("/work"), "unlink");
	attempt_try(chmod("/sandbox/tmp", 0), "chmod");
	attempt_blocked();
}
