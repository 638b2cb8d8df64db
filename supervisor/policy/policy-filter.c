/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp names architectures by the kernel's AUDIT_ARCH_* numbers, except that x32 calls carry the x86-64 number
 * with a bit in the call's own: seccomp_syscall_resolve_num_arch() finds no name for those, which is right: they are no
 * calls that any profile knows.
 */

#include "supervisor/policy/policy-filter.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/policy/seccomp-profile.h"

int policy_filter_load(const struct policy_dirs *dirs, const char *profile,
		       struct policy_filter *ret_filter, struct fault *fault)
{
	const struct policy_search search = {.dirs = dirs, .below = "/seccomp"};
	_cleanup_seccomp_profile_ struct seccomp_profile *loaded = NULL;
	int r = seccomp_profile_load(&search, profile, &loaded, fault);

	if (r == -ENOENT)
		return fault_say(fault, r, "seccomp", "there is no seccomp profile called %s",
				 profile);
	if (r < 0)
		return r;
	return seccomp_profile_compile(loaded, ret_filter, fault);
}

void policy_filter_clear(struct policy_filter *filter)
{
	free(filter->profile);
	free(filter->instructions);
	*filter = (struct policy_filter){0};
}

void policy_call_name(uint32_t arch, int nr, char *buffer, size_t size)
{
	char *name = seccomp_syscall_resolve_num_arch(arch, nr);

	if (name != NULL)
		(void)snprintf(buffer, size, "%s", name);
	else
		(void)snprintf(buffer, size, "%d:arch=0x%x", nr, arch);
	free(name);
}
