/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes files, directories, links, FIFOs and sockets in all three places until it is refused. More than the limit is an escape.
 */
#include "tests/escape/attempt.h"

int main(int argc, char **argv)
{
	static const char *const places[] = {"/work", "/tmp", "/dev/shm"};
	long limit = argc > 1 ? atol(argv[1]) : 4096, n = 0;
	char path[64];

	for (size_t p = 0; p < 3; p++)
		for (long i = 0; i < limit + 1000; i++) {
			(void)snprintf(path, sizeof(path), "%s/%ld", places[p], i);
			if (i % 4 == 0)
				n += mkdir(path, 0755) == 0;
			else if (i % 4 == 1)
				n += symlink("x", path) == 0;
			else if (i % 4 == 2)
				n += mkfifo(path, 0644) == 0;
			else {
				int fd = open(path, O_WRONLY | O_CREAT, 0644);

				n += fd >= 0;
				(void)close(fd);
			}
		}
	if (n > limit)
		attempt_escaped("more inodes than the limit");
	attempt_blocked();
}
