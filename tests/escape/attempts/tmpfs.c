/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills every place that it may write to: /work, /tmp and /dev/shm. The three are one tmpfs with one limit. More than the
 * limit in the argument (MiB) is an escape.
 */
#include "tests/escape/attempt.h"

int main(int argc, char **argv)
{
	static const char *const paths[] = {"fill", "/tmp/fill", "/dev/shm/fill", "/var/tmp/fill2"};
	static char block[1 << 16];
	long limit = argc > 1 ? atol(argv[1]) : 64, total = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_WRONLY | O_CREAT, 0644);
		ssize_t n;

		while (fd >= 0 && (n = write(fd, block, sizeof(block))) > 0)
			total += n;
	}
	if (total > (limit + 1) << 20)
		attempt_escaped("more than the disk limit");
	attempt_blocked();
}
