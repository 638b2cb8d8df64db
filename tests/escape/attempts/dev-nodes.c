/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens devices of the host. /dev has null, zero, full, random and urandom.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const paths[] = {"/dev/mem",		  "/dev/kmem",
					    "/dev/port",	  "/dev/kmsg",
					    "/dev/sda",		  "/dev/vda",
					    "/dev/nvme0n1",	  "/dev/loop0",
					    "/dev/loop-control",  "/dev/fuse",
					    "/dev/kvm",		  "/dev/net/tun",
					    "/dev/vhost-net",	  "/dev/userfaultfd",
					    "/dev/tty",		  "/dev/tty0",
					    "/dev/console",	  "/dev/ptmx",
					    "/dev/pts/ptmx",	  "/dev/pts/0",
					    "/dev/hpet",	  "/dev/rtc0",
					    "/dev/snapshot",	  "/dev/uinput",
					    "/dev/dri/card0",	  "/dev/mapper/control",
					    "/dev/btrfs-control", "/dev/autofs",
					    "/dev/cuse",	  "/dev/log",
					    "/dev/initctl",	  "/dev/hugepages",
					    "/dev/mqueue",	  "/dev/cpu_dma_latency"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		attempt_try(open(paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC), paths[i]);
	attempt_blocked();
}
