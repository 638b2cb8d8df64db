/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the old memory layout, which is easier to predict than the new one.
 */
#include "tests/escape/attempt.h"

#include <sys/personality.h>

int main(void)
{
	attempt_result(personality(ADDR_COMPAT_LAYOUT), "personality-compat");
}
