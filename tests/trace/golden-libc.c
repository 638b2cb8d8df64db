/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The same as a user's static program is: with libc, whose start and buffers belong to what it costs. Files, memory, an end. What golden-bare.c says
 * of one value on every kernel holds as long as libc.a is of the version that tests/fixtures/golden.json names.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINES = 20, BLOCKS = 64, BLOCK = 8192 };

static int lines_write(void)
{
	int fd = open("out.txt", O_CREAT | O_RDWR | O_CLOEXEC, 0644);

	for (int i = 0; i < LINES; i++)
		if (write(fd, "line\n", 5) != 5)
			return -1;
	return close(fd);
}

/* More than the heap has at once, so that it grows several times. */
static int blocks_fill(void)
{
	char *blocks[BLOCKS];
	int sum = 0;

	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = calloc(1, BLOCK);
		if (blocks[i] == NULL)
			return -1;
		blocks[i][i] = 1;
	}
	for (int i = 0; i < BLOCKS; i++) {
		sum += blocks[i][i];
		free(blocks[i]);
	}
	return sum;
}

int main(void)
{
	char line[16];
	FILE *file;
	int n = 0;

	if (lines_write() < 0 || blocks_fill() != BLOCKS)
		return 1;
	file = fopen("out.txt", "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n++;
	if (file == NULL || fclose(file) != 0)
		return 1;
	(void)printf("%d lines\n", n);
	return n == LINES ? 0 : 1;
}
