/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes the host's name. The uts namespace is the sandbox's own, and the call is closed.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(sethostname("evil", 4), "sethostname");
}
