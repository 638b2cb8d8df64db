/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes the host's domain.
 */
#include "attempt.h"

int main(void)
{
	attempt_result(setdomainname("evil", 4), "setdomainname");
}
