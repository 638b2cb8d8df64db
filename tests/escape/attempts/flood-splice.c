/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills its output with pages that are not copied: splice and tee from other pipes. The limit is on what arrives.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	int zero = open("/dev/zero", O_RDONLY), pair[2];

	if (pipe(pair) < 0 || zero < 0)
		return 1;
	for (;;) {
		ssize_t n = splice(zero, NULL, pair[1], NULL, 65536, 0);

		if (n <= 0)
			return 1;
		(void)tee(pair[0], 1, (size_t)n, 0);
		(void)splice(pair[0], NULL, 1, NULL, (size_t)n, 0);
	}
}
