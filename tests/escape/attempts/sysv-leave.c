/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves a shared memory segment and semaphores behind, which no process holds. The runner looks at the host's list.
 */
#include "tests/escape/attempt.h"

#include <sys/sem.h>
#include <sys/shm.h>

int main(void)
{
	(void)shmget(0x45534341, 4096, IPC_CREAT | 0666);
	(void)semget(0x45534341, 1, IPC_CREAT | 0666);
	attempt_blocked();
}
