/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a socket to the hypervisor. Only AF_UNIX is ever allowed, and the network namespace is empty.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>

int main(void)
{
	attempt_result(syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0), "socket-vsock");
}
