/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins the user's keyring and reads what is in it. Keys are the host's; the session keyring is a fresh one and the
 * call is closed.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -4 /* the user keyring */,
			       1),
		       "keyctl");
}
