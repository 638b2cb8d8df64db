/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: profiles name calls of several architectures and of kernels that are newer than the
 * installed libseccomp, and a misspelt name must still be an error.
 *
 * Design: libseccomp knows the names of every architecture (those that do not exist here have a
 * negative number). Below is what Linux has added since the oldest libseccomp that is used (2.5.4,
 * Linux 5.17); such a call cannot be allowed until libseccomp knows it, and answers ENOSYS like
 * every newer one.
 */

#include "supervisor/policy/seccomp-calls.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <seccomp.h>

#include "lib/base/mem.h"

/* Above every architecture's last call; new ones come about ten a year. */
enum { NUMBER_MAX = 1023 };

/* Source: include/uapi/asm-generic/unistd.h, from 450 on. */
static const char *const newer[] = {
	"set_mempolicy_home_node",
	"cachestat",
	"fchmodat2",
	"map_shadow_stack",
	"futex_wake",
	"futex_wait",
	"futex_requeue",
	"statmount",
	"listmount",
	"lsm_get_self_attr",
	"lsm_set_self_attr",
	"lsm_list_modules",
	"mseal",
	"setxattrat",
	"getxattrat",
	"listxattrat",
	"removexattrat",
	"open_tree_attr",
	"file_getattr",
	"file_setattr",
	"listns",
};

int seccomp_call_number(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number != __NR_SCMP_ERROR)
		return number < 0 ? SECCOMP_CALL_ABSENT : number;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++)
		if (strcmp(newer[i], name) == 0)
			return SECCOMP_CALL_ABSENT;
	return -ENOENT;
}

int seccomp_call_highest(void)
{
	for (int number = NUMBER_MAX; number > 0; number--) {
		_cleanup_free_ char *name =
			seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (name)
			return number;
	}
	return NUMBER_MAX;
}
