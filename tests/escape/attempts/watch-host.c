/* SPDX-License-Identifier: Apache-2.0 */
/* Has itself told what is opened in a directory of the mounts, by the host's processes and other sandboxes' too. */
#include "tests/escape/attempt.h"

#include <sys/inotify.h>

int main(void)
{
	int directory = open("/usr/lib", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	attempt_try(fcntl(directory, F_NOTIFY, DN_ACCESS | DN_MULTISHOT), "dnotify");
	fd = inotify_init1(IN_NONBLOCK);
	if (fd < 0)
		attempt_blocked();
	attempt_result(inotify_add_watch(fd, "/usr/lib", IN_OPEN), "inotify");
}
