/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignores every signal and spins. SIGKILL cannot be ignored.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (int sig = 1; sig < 65; sig++)
		(void)signal(sig, SIG_IGN);
	attempt_spin(-1);
	return 0;
}
