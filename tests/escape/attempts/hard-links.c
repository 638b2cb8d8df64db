/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are memory of the kernel too: makes hard links to one file without end.
 */
#include "tests/escape/attempt.h"

int main(int argc, char **argv)
{
	long limit = argc > 1 ? atol(argv[1]) : 4096, n = 0;
	char path[300];

	(void)close(open("one", O_WRONLY | O_CREAT, 0644));
	for (long i = 0; i < limit * 2; i++) {
		(void)snprintf(path, sizeof(path), "%0250ld", i);
		if (link("one", path) < 0)
			break;
		n++;
	}
	if (n > limit)
		attempt_escaped("more names than the limit");
	attempt_blocked();
}
