/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hangs up the terminal.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(vhangup(), "vhangup");
}
