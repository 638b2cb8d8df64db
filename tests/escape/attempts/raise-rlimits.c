/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raises every limit of its own. Hard limits only go down without CAP_SYS_RESOURCE.
 */
#include "tests/escape/attempt.h"

#include <sys/resource.h>

int main(void)
{
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit, more = {RLIM_INFINITY, RLIM_INFINITY};

		if (getrlimit((__rlimit_resource_t)resource, &limit) < 0 ||
		    limit.rlim_max == RLIM_INFINITY)
			continue;
		attempt_try(setrlimit((__rlimit_resource_t)resource, &more), "setrlimit");
		more.rlim_cur = more.rlim_max = limit.rlim_max + 1;
		attempt_try(setrlimit((__rlimit_resource_t)resource, &more), "setrlimit by one");
	}
	attempt_blocked();
}
