# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Removes and replaces the devices, the links and the mounts.
rm -rf /dev/null /dev/zero /proc /etc /usr/lib/locale /work /tmp 2>/dev/null
mv /usr/lib /usr/old 2>/dev/null
ln -sf /etc/passwd /dev/null 2>/dev/null
mkfifo /dev/pipe 2>/dev/null
chmod 777 /etc /usr 2>/dev/null
[ -e /dev/pipe ] && exit 0
[ -c /dev/null ] && [ -d /proc/self ] && [ -e /usr/lib/locale/C.utf8 ] && exit 77
exit 0
