/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forks as fast as it can, every child too. The process limit refuses, and the CPU limit ends it. A fork that is refused had made
 * nearly all of a process already, whose memory the kernel frees after a grace period only and charges to the group until then:
 * 30 to 50 MB are usual, so that a compile step's 64 MiB may end it first.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	for (;;)
		(void)fork();
}
