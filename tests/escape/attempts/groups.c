/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes further groups, and looks whether some were left. setgroups needs CAP_SETGID.
 */
#include "tests/escape/attempt.h"

#include <grp.h>

int main(void)
{
	static const gid_t groups[] = {0, 4, 27};
	gid_t own[64];

	if (getgroups(64, own) > 0)
		attempt_escaped("a group was left");
	attempt_result(setgroups(3, groups), "setgroups");
}
