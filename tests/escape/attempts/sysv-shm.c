/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V shared memory stays when its maker dies. It counts for the memory limit, and its namespace goes with the sandbox.
 */
#include "tests/escape/attempt.h"

#include <sys/shm.h>

int main(void)
{
	for (int i = 0; i < 64; i++) {
		int id = shmget(IPC_PRIVATE, 16 << 20, IPC_CREAT | 0600);
		char *p = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

		if (p == (void *)-1)
			attempt_blocked();
		(void)memset(p, 1, 16 << 20);
	}
	attempt_escaped("1 GiB of shared memory");
}
