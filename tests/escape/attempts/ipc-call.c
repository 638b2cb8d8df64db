/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that makes, changes or uses something in an ipc namespace. Where none of them is let through sandboxes share such a
 * namespace, so each must be stopped before the kernel has looked at its arguments.
 */
#include "tests/escape/attempt.h"

static const struct {
	const char *name;
	long number, arguments[4];
} calls[] = {
	{"shmat", SYS_shmat, {0}},
	{"shmctl", SYS_shmctl, {0}},
	{"semget", SYS_semget, {0, 1, 01600}},
	{"semctl", SYS_semctl, {0}},
	{"semop", SYS_semop, {0}},
	{"semtimedop", SYS_semtimedop, {0}},
	{"msgget", SYS_msgget, {0, 01600}},
	{"msgctl", SYS_msgctl, {0}},
	{"msgsnd", SYS_msgsnd, {0}},
	{"msgrcv", SYS_msgrcv, {0}},
	{"mq_unlink", SYS_mq_unlink, {(long)"name"}},
	{"mq_timedsend", SYS_mq_timedsend, {0}},
	{"mq_notify", SYS_mq_notify, {0}},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(calls) / sizeof(calls[0]); i++) {
		const long *a = calls[i].arguments;

		if (strcmp(calls[i].name, argv[1]) == 0)
			attempt_result(syscall(calls[i].number, a[0], a[1], a[2], a[3]),
				       calls[i].name);
	}
	return 1;
}
