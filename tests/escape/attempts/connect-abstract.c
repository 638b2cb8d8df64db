/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to an abstract socket of the host, which no file system stands before: the runner listens on the name in
 * ESCAPE_ABSTRACT. Abstract names belong to the network namespace.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *name = getenv("ESCAPE_ABSTRACT");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || name == NULL)
		attempt_blocked();
	(void)strncpy(to.sun_path + 1, name, sizeof(to.sun_path) - 2);
	attempt_result(
		connect(fd, (struct sockaddr *)&to,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))),
		"connect");
}
