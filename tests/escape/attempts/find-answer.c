/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints every file that it can read, in the hope that the expected output is among them. It is not in the sandbox. The runner
 * puts a secret into it and looks for it in what was printed.
 */
#include "tests/escape/attempt.h"

#include <ftw.h>

static int show(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	char buffer[4096];
	ssize_t n;
	int fd;

	(void)st;
	(void)ftw;
	if (kind != FTW_F || strncmp(path, "/usr", 4) == 0 || strncmp(path, "/dev", 4) == 0)
		return 0;
	fd = open(path, O_RDONLY | O_NONBLOCK);
	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
		(void)write(1, buffer, (size_t)n);
	if (fd >= 0)
		(void)close(fd);
	return 0;
}

int main(void)
{
	static const char *const places[] = {"/etc", "/sandbox", "/var", "/proc/self", "/tmp"};
	char path[64], buffer[4096];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		(void)nftw(places[i], show, 8, FTW_PHYS);
	for (int fd = 0; fd < 64; fd++) {
		ssize_t n;
		int other;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		other = open(path, O_RDONLY | O_NONBLOCK);
		while (other >= 0 && (n = read(other, buffer, sizeof(buffer))) > 0)
			(void)write(1, buffer, (size_t)n);
	}
	return 0;
}
