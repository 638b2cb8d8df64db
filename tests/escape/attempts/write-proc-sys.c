/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to the kernel's switches: core_pattern would run a program as root, sysrq-trigger would reboot. They are not
 * there, and what is left of /proc is mounted read-only.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const paths[] = {"/proc/sys/kernel/core_pattern",
					    "/proc/sys/kernel/modprobe",
					    "/proc/sys/kernel/shmmax",
					    "/proc/sys/kernel/shm_next_id",
					    "/proc/sys/fs/mqueue/msg_max",
					    "/proc/sysrq-trigger",
					    "/proc/self/oom_score_adj",
					    "/proc/self/oom_adj",
					    "/proc/self/uid_map",
					    "/proc/self/gid_map",
					    "/proc/self/setgroups",
					    "/proc/self/coredump_filter",
					    "/proc/self/clear_refs",
					    "/proc/self/timerslack_ns",
					    "/proc/self/sched",
					    "/proc/self/autogroup",
					    "/proc/self/loginuid",
					    "/proc/self/comm",
					    "/proc/self/mem",
					    "/proc/self/attr/current",
					    "/proc/self/make-it-fail"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		attempt_try(open(paths[i], O_WRONLY | O_CLOEXEC), paths[i]);
	attempt_blocked();
}
