/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listens on an abstract name that a service of the host might use. The name is in the sandbox's own network
 * namespace, so nobody is fooled: the runner looks at the host's list of sockets meanwhile.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)memcpy(at.sun_path, "\0assay-escape-squat", 19);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at,
			   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 19)) < 0)
		attempt_blocked();
	(void)listen(fd, 1);
	usleep(300000);
	attempt_blocked();
}
