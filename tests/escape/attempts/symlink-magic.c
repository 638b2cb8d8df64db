/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic links to magic links of /proc, to be followed by whoever reads the work directory as root. Inside they lead nowhere, and
 * the agent and the supervisor follow none.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	(void)symlink("/proc/1/root/etc/shadow", "a");
	(void)symlink("/proc/self/root/../../etc/shadow", "b");
	(void)symlink("/sandbox/../../../etc/shadow", "c");
	(void)symlink("d", "d");
	attempt_read("a");
	attempt_read("b");
	attempt_read("c");
	attempt_read("d");
	attempt_blocked();
}
