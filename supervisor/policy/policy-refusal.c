/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that the seccomp filter refuses never enters the kernel's table of calls, and its result looks like any failure. But a filter is a
 * function of number, architecture and arguments, and the registers still hold them when the call is over: so the same
 * filter, run again over them, says whether it was the filter. (No filter of ours looks at the instruction pointer.)
 */

#include "supervisor/policy/policy-refusal.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "supervisor/policy/seccomp-simulate.h"

enum { ERRNOS = 192 };

void policy_filter_refusals(const struct policy_filter *filter, uint64_t ret_errnos[static 3])
{
	const struct sock_filter *code = filter->instructions;

	memset(ret_errnos, 0, 3 * sizeof(*ret_errnos));
	for (size_t i = 0; i < filter->n_instructions; i++) {
		uint32_t number = code[i].k & SECCOMP_RET_DATA;

		if (code[i].code == (BPF_RET | BPF_K) && number < ERRNOS &&
		    (code[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
			ret_errnos[number / 64] |= UINT64_C(1) << number % 64;
	}
}

bool policy_filter_refuses(const struct policy_filter *filter, int nr,
			   const uint64_t args[static 6], int64_t ret)
{
	struct seccomp_data data = {.nr = nr, .arch = AUDIT_ARCH_X86_64};
	uint32_t answer;

	if (ret >= 0 || ret < -ERRNOS)
		return false;
	memcpy(data.args, args, sizeof(data.args));
	answer = seccomp_simulate(filter->instructions, filter->n_instructions, &data);
	return (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
	       (answer & SECCOMP_RET_DATA) == (uint32_t)-ret;
}

static enum seccomp_answered denies(const struct policy_filter *filter, int nr)
{
	return seccomp_answers(filter->instructions, filter->n_instructions, nr, AUDIT_ARCH_X86_64,
			       SECCOMP_RET_USER_NOTIF);
}

bool policy_filter_denies(const struct policy_filter *filter, int nr)
{
	return denies(filter, nr) == SECCOMP_ALWAYS;
}

int policy_filter_denied_number(const struct policy_filter *filter,
				const bool interrupted[static GAS_CALLS_MAX])
{
	int found = -1;

	if (interrupted[GAS_CALLS_MAX - 1])
		return -1;
	for (int nr = 0; nr < GAS_CALLS_MAX - 1; nr++) {
		if (!interrupted[nr] || denies(filter, nr) == SECCOMP_NEVER)
			continue;
		if (found >= 0)
			return -1;
		found = nr;
	}
	return found;
}
