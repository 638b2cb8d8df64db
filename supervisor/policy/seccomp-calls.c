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
#include <stdlib.h>
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

/* The calls of this architecture by name: libseccomp looks through all of its names for each that it is asked for. */
static struct {
	struct call {
		const char *name;
		int number;
	} calls[NUMBER_MAX + 1];
	size_t n;
	int highest;
} native;

static int compare_calls(const void *a, const void *b)
{
	const struct call *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* Fills the table once; names live as long as the process. Numbers without memory for a name are looked up by libseccomp. */
static void native_fill(void)
{
	if (native.n > 0)
		return;
	for (int number = 0; number <= NUMBER_MAX; number++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (!name)
			continue;
		native.calls[native.n++] = (struct call){name, number};
		native.highest = number;
	}
	qsort(native.calls, native.n, sizeof(native.calls[0]), compare_calls);
}

int seccomp_call_number(const char *name)
{
	const struct call key = {.name = name}, *found;
	int number;

	native_fill();
	found = bsearch(&key, native.calls, native.n, sizeof(native.calls[0]), compare_calls);
	if (found)
		return found->number;
	number = seccomp_syscall_resolve_name(name);
	if (number != __NR_SCMP_ERROR)
		return number < 0 ? SECCOMP_CALL_ABSENT : number;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++)
		if (strcmp(newer[i], name) == 0)
			return SECCOMP_CALL_ABSENT;
	return -ENOENT;
}

int seccomp_call_highest(void)
{
	native_fill();
	return native.highest;
}
