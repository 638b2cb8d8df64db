/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves the offset of its input to the end and leaves locks on it. Whoever reads the same description after it would see nothing. The
 * checker opens its files anew. Nothing to be refused: the verdict of the run must be right all the same.
 */
#include "tests/escape/attempt.h"

#include <sys/file.h>

int main(void)
{
	(void)lseek(0, 0, SEEK_END);
	(void)flock(0, LOCK_EX | LOCK_NB);
	(void)fcntl(0, F_SETFL, O_NONBLOCK | O_APPEND);
	attempt_blocked();
}
