/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As many descriptors as it may have, of the kinds that cost most. More than the limit is an escape.
 */
#include "tests/escape/attempt.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

int main(int argc, char **argv)
{
	int limit = argc > 1 ? atoi(argv[1]) : 64, n = 3;

	while (n < limit + 100) {
		int fd = n % 3 == 0 ? epoll_create1(0) :
			 n % 3 == 1 ? eventfd(0, 0) :
				      timerfd_create(CLOCK_MONOTONIC, 0);

		if (fd < 0)
			break;
		n++;
	}
	if (n > limit)
		attempt_escaped("more descriptors than the limit");
	attempt_blocked();
}
