/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through /proc/1/root and /proc/1/cwd to paths below them. Same reasons as proc-agent; following the link needs the right to trace.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_read("/proc/1/root/etc/passwd");
	attempt_read("/proc/1/cwd/etc/passwd");
	attempt_try(open("/proc/1/root", O_PATH | O_DIRECTORY), "root");
	attempt_try(chdir("/proc/1/cwd"), "cwd");
	attempt_try(execl("/proc/1/exe", "assay-agent", "launcher", NULL), "exe");
	attempt_blocked();
}
