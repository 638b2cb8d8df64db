/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves objects of System V behind, which no process holds, for the next test to find. It is run twice; the second run must not find them.
 */
#include "tests/escape/attempt.h"

#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum { KEY = 0x45534341 };

int main(void)
{
	attempt_try(shmget(KEY, 0, 0), "shared memory of the run before");
	attempt_try(semget(KEY, 0, 0), "semaphores of the run before");
	attempt_try(msgget(KEY, 0), "a queue of the run before");
	(void)shmget(KEY, 4096, IPC_CREAT | 0666);
	(void)semget(KEY, 1, IPC_CREAT | 0666);
	(void)msgget(KEY, IPC_CREAT | 0666);
	attempt_blocked();
}
