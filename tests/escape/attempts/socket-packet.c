/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a socket to raw frames of every interface. Only AF_UNIX is ever allowed, and the network namespace is empty.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>

int main(void)
{
	attempt_result(syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0), "socket-packet");
}
