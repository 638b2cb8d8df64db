/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to the sockets of the host's services. Their directories are not there.
 */
#include "tests/escape/attempt.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	static const char *const paths[] = {
		"/run/dbus/system_bus_socket",	  "/run/systemd/private",
		"/run/systemd/journal/socket",	  "/run/docker.sock",
		"/var/run/docker.sock",		  "/dev/log",
		"/run/containerd/containerd.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	for (size_t i = 0; fd >= 0 && i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct sockaddr_un to = {.sun_family = AF_UNIX};

		(void)strncpy(to.sun_path, paths[i], sizeof(to.sun_path) - 1);
		attempt_try(connect(fd, (struct sockaddr *)&to, sizeof(to)), paths[i]);
	}
	attempt_blocked();
}
