/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the read end of its own output, which belongs to it so that /dev/stdout can be opened, takes back what it wrote and leaves the
 * pipe full with readers that never read. It can spoil its own output so, and nothing else: the supervisor never waits on the pipe.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static char page[65536];
	int back = open("/proc/self/fd/1", O_RDWR | O_NONBLOCK);

	(void)write(1, "taken back", 10);
	if (back >= 0)
		(void)read(back, page, sizeof(page));
	(void)fcntl(1, F_SETPIPE_SZ, 4096);
	for (int i = 0; i < 64 && back >= 0; i++)
		(void)write(back, page, sizeof(page));
	(void)open("/dev/stdout", O_RDONLY | O_NONBLOCK);
	if (fork() == 0)
		for (;;)
			(void)pause();
	return 0;
}
