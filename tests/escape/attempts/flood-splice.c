/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills its output with pages that are not copied: splice and tee from other pipes. The limit is on what arrives. The pages
 * come from memory, since Linux 5.10 to 6.5 cannot splice from /dev/zero.
 */
#include "tests/escape/attempt.h"

#include <sys/uio.h>

int main(void)
{
	static char zeros[65536];
	const struct iovec pages = {zeros, sizeof(zeros)};
	int pair[2];

	if (pipe(pair) < 0)
		return 1;
	for (;;) {
		ssize_t n = vmsplice(pair[1], &pages, 1, 0);

		if (n <= 0)
			return 1;
		(void)tee(pair[0], 1, (size_t)n, 0);
		(void)splice(pair[0], NULL, 1, NULL, (size_t)n, 0);
	}
}
