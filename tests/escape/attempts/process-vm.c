/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads or writes the agent's memory without tracing it.
 */
#include "tests/escape/attempt.h"

#include <sys/uio.h>

int main(int argc, char **argv)
{
	char buffer[8];
	struct iovec local = {buffer, sizeof(buffer)}, remote = {(void *)0x400000, sizeof(buffer)};

	if (argc > 1 && strcmp(argv[1], "write") == 0)
		attempt_result(process_vm_writev(1, &local, 1, &remote, 1, 0), "write");
	attempt_result(process_vm_readv(1, &local, 1, &remote, 1, 0), "read");
}
