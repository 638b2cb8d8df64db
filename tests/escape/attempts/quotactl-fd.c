/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes quotas by a descriptor.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_quotactl_fd, 0, 0x80000700, 0, NULL), "quotactl-fd");
}
