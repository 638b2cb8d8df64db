/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for kernel interfaces in /sys, /proc/sys and the global part of /proc. None is mounted: /proc has subset=pid.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const paths[] = {
		"/sys/kernel/security/lsm",
		"/sys/fs/cgroup/cgroup.procs",
		"/sys/fs/cgroup/unified/cgroup.procs",
		"/sys/kernel/vmcoreinfo",
		"/sys/class/net/lo/address",
		"/sys/kernel/btf/vmlinux",
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/hostname",
		"/proc/kcore",
		"/proc/kallsyms",
		"/proc/keys",
		"/proc/cpuinfo",
		"/proc/meminfo",
		"/proc/loadavg",
		"/proc/version",
		"/proc/cmdline",
		"/proc/mounts/../kmsg",
		"/proc/kmsg",
		"/proc/modules",
		"/proc/interrupts",
		"/proc/timer_list",
		"/proc/sched_debug",
		"/proc/vmallocinfo",
		"/proc/config.gz",
		"/proc/sysvipc/shm",
		"/proc/driver/rtc",
		"/proc/fs/ext4",
		"/proc/bus/pci/devices",
		"/proc/swaps",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		attempt_read(paths[i]);
	attempt_blocked();
}
