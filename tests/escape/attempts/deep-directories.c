/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory in a directory, a hundred thousand times: whoever removes the tree by recursion overflows. Inodes are limited,
 * and the tree goes with its mount.
 */
#include "tests/escape/attempt.h"

int main(int argc, char **argv)
{
	long limit = argc > 1 ? atol(argv[1]) : 4096, n = 0;

	while (n < 100000 && mkdir("d", 0755) == 0 && chdir("d") == 0)
		n++;
	if (n > limit)
		attempt_escaped("deeper than the limit");
	attempt_blocked();
}
