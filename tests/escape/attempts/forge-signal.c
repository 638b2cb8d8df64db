/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends itself by the signal in the argument, so that a limit or the filter seems to have done it. Only what the kernel counted
 * makes a verdict of a limit.
 */
#include "tests/escape/attempt.h"

int main(int argc, char **argv)
{
	int sig = argc > 1 ? atoi(argv[1]) : SIGKILL;

	(void)signal(sig, SIG_DFL);
	(void)kill(getpid(), sig);
	(void)pause();
	return 0;
}
