/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An honest program, for trees around it.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	return 0;
}
