/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tests of one submission. The first fills caches that count for the memory limit and can be dropped at once; the second takes
 * one and a half times the limit. Where the limit of a step is set on top of what is charged already, those caches would be
 * room for the second. The input says which test it is.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	char path[300], which = '1';
	struct stat st;
	volatile char *p;

	(void)read(0, &which, 1);
	if (which == '1') {
		for (long i = 0; i < 150000; i++) {
			(void)snprintf(path, sizeof(path), "/usr/lib/%0200ld", i);
			(void)stat(path, &st);
		}
		return 0;
	}
	p = malloc(96 << 20);
	for (long i = 0; i < 96 << 20; i += 4096)
		p[i] = 1;
	return 0;
}
