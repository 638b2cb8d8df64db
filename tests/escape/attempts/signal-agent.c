/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills, stops and otherwise signals the first process, in every way there is. Another uid: EPERM; and a pid namespace's init
 * ignores what it has no handler for when it comes from inside.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const int signals[] = {SIGKILL, SIGSTOP, SIGTERM, SIGHUP,  SIGINT,
				      SIGCHLD, SIGCONT, SIGSEGV, SIGUSR1, 34};
	siginfo_t info = {.si_code = SI_QUEUE};
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		attempt_try(kill(1, signals[i]), "kill");
		attempt_try(syscall(SYS_tkill, 1, signals[i]), "tkill");
		attempt_try(syscall(SYS_tgkill, 1, 1, signals[i]), "tgkill");
		attempt_try(syscall(SYS_rt_sigqueueinfo, 1, signals[i], &info), "sigqueue");
		if (pidfd >= 0)
			attempt_try(syscall(SYS_pidfd_send_signal, pidfd, signals[i], NULL, 0),
				    "pidfd");
	}
	attempt_blocked();
}
