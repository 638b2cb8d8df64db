# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The compile step leaves processes behind that go on changing the tree while it is copied.
cp exit-zero program && chmod 755 program
(trap '' TERM HUP; setsid bash -c 'while :; do rm -rf r; mkdir r; ln -s /etc r/l; mv r/l program2; done' >/dev/null 2>&1 &)
sleep 0.2
