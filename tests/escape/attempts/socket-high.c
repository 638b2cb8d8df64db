/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a socket to netlink by a family with bits above 32, which the kernel cuts off. Only AF_UNIX is ever allowed,
 * and the network namespace is empty.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>

int main(void)
{
	attempt_result(syscall(SYS_socket, 0x100000000L | AF_NETLINK, SOCK_RAW, 0), "socket-high");
}
