/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads another kernel.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_kexec_load, 0, 0, NULL, 0), "kexec-load");
}
