/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes quotas of the host's file systems.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_quotactl, 0x80000100 /* Q_SYNC */, NULL, 0, NULL), "quotactl");
}
