/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for a capability in any set, and tries to take one. All five sets are empty.
 */
#include "tests/escape/attempt.h"

#include <linux/capability.h>

int main(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}}, all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};

	if (syscall(SYS_capget, &header, data) == 0)
		for (int i = 0; i < 2; i++)
			if (data[i].effective != 0 || data[i].permitted != 0 ||
			    data[i].inheritable != 0)
				attempt_escaped("a set is not empty");
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			attempt_escaped("the bounding set is not empty");
	attempt_result(syscall(SYS_capset, &header, all), "capset");
}
