/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to a server on the host: the runner listens on the port in the argument. The network namespace has no
 * interface that is up.
 */
#include "tests/escape/attempt.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(7), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const char *port = getenv("ESCAPE_PORT");
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (port != NULL)
		to.sin_port = htons((uint16_t)atoi(port));
	attempt_result(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
}
