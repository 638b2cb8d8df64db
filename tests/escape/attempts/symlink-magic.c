/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic links to magic links of /proc, to be followed by whoever reads the work directory as root. Inside they lead nowhere, and
 * the agent and the supervisor follow none.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	(void)symlink("/proc/1/root/etc/shadow", "/work/a");
	(void)symlink("/proc/self/root/../../etc/shadow", "/work/b");
	(void)symlink("/sandbox/../../../etc/shadow", "/work/c");
	(void)symlink("/work/d", "/work/d");
	attempt_read("/work/a");
	attempt_read("/work/b");
	attempt_read("/work/c");
	attempt_read("/work/d");
	attempt_blocked();
}
