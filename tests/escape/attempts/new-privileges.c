/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes no_new_privs and the lock of the security bits back. Both are for good.
 */
#include "tests/escape/attempt.h"

#include <linux/securebits.h>

int main(void)
{
	attempt_try(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), "no_new_privs");
	attempt_try(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), "securebits");
	attempt_try(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps");
	attempt_try(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0), "ambient");
	attempt_blocked();
}
