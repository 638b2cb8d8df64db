# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Has programs that are privileged on the host do the work.
for c in "su -c id" "sudo -n id" "mount -t tmpfs x /tmp" "umount /proc" "chroot / id" "unshare -r id" "nsenter -t 1 -m id" "newgrp root"; do
	$c </dev/null >/dev/null 2>&1 && exit 0
done
exit 77
