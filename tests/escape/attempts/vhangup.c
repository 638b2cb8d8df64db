/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hangs up the terminal.
 */
#include "attempt.h"

int main(void)
{
	attempt_result(vhangup(), "vhangup");
}
