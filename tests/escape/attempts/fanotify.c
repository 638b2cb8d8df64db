/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listens to what happens to files of the host.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	attempt_result(syscall(SYS_fanotify_init, 0, O_RDONLY), "fanotify");
}
