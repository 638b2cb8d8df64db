/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads another kernel from a file.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_kexec_file_load, 0, -1, 0, NULL, 4 /* unload */),
		       "kexec-file-load");
}
