/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a socket to a family where kernels break. Only AF_UNIX is ever allowed, and the network namespace is empty.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>

int main(void)
{
	attempt_result(syscall(SYS_socket, 42 /* AF_QIPCRTR */, SOCK_DGRAM, 0), "socket-qipcrtr");
}
