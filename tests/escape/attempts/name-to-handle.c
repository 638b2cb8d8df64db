/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a handle of a file, the first half of opening files by number.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	struct {
		unsigned int bytes;
		int type;
		unsigned char data[128];
	} h = {.bytes = 128};
	int mount;

	attempt_result(syscall(SYS_name_to_handle_at, AT_FDCWD, "/etc/passwd", &h, &mount, 0),
		       "name-to-handle");
}
