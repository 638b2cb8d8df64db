/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes of a tmpfs are memory of the kernel that is no page of a file. Where the kernel has user attributes on tmpfs, they must count for the
 * memory limit. (Writing attributes is no call of any profile; this is for the inner layers.)
 */
#include "tests/escape/attempt.h"

#include <sys/xattr.h>

int main(void)
{
	static char value[60000];
	char path[64], name[64];
	long n = 0;

	for (int i = 0; i < 400; i++) {
		(void)snprintf(path, sizeof(path), "%d", i);
		(void)close(open(path, O_WRONLY | O_CREAT, 0644));
		for (int k = 0; k < 40; k++) {
			(void)snprintf(name, sizeof(name), "user.%d", k);
			if (setxattr(path, name, value, sizeof(value), 0) < 0)
				break;
			n += sizeof(value);
		}
	}
	if (n > 256L << 20)
		attempt_escaped("attributes beyond the memory limit");
	attempt_blocked();
}
