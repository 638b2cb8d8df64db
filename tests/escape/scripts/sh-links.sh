# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A tree of links that leads round in circles and out.
ln -s .. up; ln -s / root; ln -s /proc/self/root proc; ln -s loop loop
cp -rL . /tmp/copy 2>/dev/null
cat root/etc/shadow proc/etc/shadow up/up/up/etc/shadow /proc/self/cwd/root/root/.bashrc 2>/dev/null && exit 0
exit 77
