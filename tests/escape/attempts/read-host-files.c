/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads files of the host by their names. They are not there: the root is a tmpfs with the toolchain's directories and nothing
 * of the host's /etc, /home, /root, /run and /var.
 */
#include "tests/escape/attempt.h"

int main(void)
{
	static const char *const paths[] = {
		"/etc/shadow",
		"/etc/hostname",
		"/etc/machine-id",
		"/etc/ssh/sshd_config",
		"/etc/fstab",
		"/etc/resolv.conf",
		"/etc/environment",
		"/etc/os-release",
		"/root/.bashrc",
		"/root/.profile",
		"/root/.ssh/id_rsa",
		"/home/user/.bashrc",
		"/run/utmp",
		"/run/systemd/private",
		"/run/assay/slots",
		"/var/log/dpkg.log",
		"/var/lib/dpkg/status",
		"/boot/config",
		"/opt/x",
		"/srv/x",
		"/usr/local/bin/assay",
		"/usr/local/libexec/assay/assay-agent",
		"/usr/share/assay/policies/base.yaml",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		attempt_read(paths[i]);
	attempt_blocked();
}
