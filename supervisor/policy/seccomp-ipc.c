/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Problem: an ipc namespace costs the kernel some 40 us to make and to take down, its own threads included, and most steps cannot use it.
 * Where none of its calls is let through, one namespace is as good as a fresh one for each step, if that is certain.
 *
 * Design: the finished filter is asked, not the profile, about every call whose code is in the kernel's ipc/ directory, not only about those
 * that make an object. x32 has the same calls under numbers of its own. Of another architecture (i386 with its ipc(2), arm) no call at all may be
 * let through: libseccomp does not know all of their numbers. Ours notify there (seccomp-compile.c), and a notification ends the step.
 *
 * What else reaches an ipc namespace: the files of a mount of type mqueue (no root has one of a sandbox's own, and mounting is closed), its
 * settings in /proc/sys (not in a sandbox's /proc, and the host's user namespace owns them), unshare and setns (closed).
 *
 * Invariant: false whenever it is not certain.
 */

#include "supervisor/policy/seccomp-ipc.h"

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-simulate.h"

/* Source: SYSCALL_DEFINE in ipc/{msg,sem,shm}.c and ipc/mqueue.c of Linux 6.18; those for 32 bits are in no table asked here. */
static const char *const calls[] = {
	"msgctl",	 "msgget",     "msgrcv",  "msgsnd",	     "semctl",	     "semget",
	"semop",	 "semtimedop", "shmat",	  "shmctl",	     "shmdt",	     "shmget",
	"mq_getsetattr", "mq_notify",  "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink",
};

/* What libseccomp numbers calls by, where that is the architecture that filters are made for. */
static const uint32_t tables[] = {
	SCMP_ARCH_NATIVE,
#ifdef __x86_64__
	SCMP_ARCH_X32,
#endif
};

/* The other one that a kernel of this machine may run. */
#ifdef __x86_64__
#define FOREIGN_ARCH AUDIT_ARCH_I386
#else
#define FOREIGN_ARCH AUDIT_ARCH_ARM
#endif

bool seccomp_ipc_closed(const struct policy_filter *filter)
{
	const struct sock_filter *code = filter->instructions;
	size_t n = filter->n_instructions;

	for (size_t table = 0; table < ARRAY_SIZE(tables); table++)
		for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
			int number = seccomp_syscall_resolve_name_arch(tables[table], calls[i]);

			if (number < 0 || !seccomp_refuses(code, n, number, SECCOMP_NATIVE_ARCH))
				return false;
		}
	return seccomp_refuses_all(code, n, FOREIGN_ARCH);
}
