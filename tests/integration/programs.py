# SPDX-License-Identifier: Apache-2.0
"""Programs that several tests run."""

# Makes the same calls each time: 20 lines into a file, and one to stdout.
C = """#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	int fd = open("out.txt", O_CREAT | O_RDWR, 0644);
	for (int i = 0; i < 20; i++)
		if (write(fd, "line\\n", 5) != 5)
			return 1;
	puts("done");
	return close(fd);
}
"""
