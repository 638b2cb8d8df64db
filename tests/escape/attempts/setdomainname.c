/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes the host's domain.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(setdomainname("evil", 4), "setdomainname");
}
